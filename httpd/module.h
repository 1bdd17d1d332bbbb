/* SPDX-License-Identifier: Apache-2.0 */
/*
 * module.h: what every file of the server's side shares.
 */
#ifndef CORS_MODULE_H
#define CORS_MODULE_H

#include "httpd.h"
#include "http_config.h"
#include "http_log.h"

/* A file that logs also says APLOG_USE_MODULE(cors). */
extern module AP_MODULE_DECLARE_DATA cors_module;

#endif /* CORS_MODULE_H */
