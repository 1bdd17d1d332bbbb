/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h: the totals on mod_status's page.
 */
#ifndef CORS_STATUS_H
#define CORS_STATUS_H

/** Hook into mod_status, where it is loaded. */
void cors_status_register(void);

#endif /* CORS_STATUS_H */
