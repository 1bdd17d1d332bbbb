/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h: IP addresses in their one canonical form (URL Standard, "host
 * serializer"): browsers write no other into Origin.
 */
#ifndef CORS_ADDRESS_H
#define CORS_ADDRESS_H

#include "apr.h"

/**
 * Is the text an IPv6 address as the URL Standard serialises it?
 * @param text Without brackets.
 * @return 1 or 0.
 */
int cors_ipv6_is_canonical(const char *text, apr_size_t len);

/** Is the text four decimal numbers up to 255, no leading zeros? */
int cors_ipv4_is_canonical(const char *text, apr_size_t len);

#endif /* CORS_ADDRESS_H */
