/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup_parts.h: what lookup.c and lookup_on.c share.
 */
#ifndef CORS_LOOKUP_PARTS_H
#define CORS_LOOKUP_PARTS_H

#include "httpd/lookup.h"

/** Send one request of a lookup, up to the handler. */
request_rec *cors_lookup_send(const cors_lookup_t *lookup, request_rec *r,
                              const char *method, const char *uri);

/** What httpd's own handler would say, which serves files; 0: another handler
 *  answers, or it depends on the file. */
int cors_lookup_default_status(const request_rec *sub);

/** The policy that holds for one of them, decided; NULL: none. */
struct cors_state_t *cors_lookup_decide(request_rec *sub);

/** What ErrorDocument says: a path, a URL or a text; NULL: nothing. */
const char *cors_lookup_error_page(request_rec *sub, int status);

/** Where the first request has no policy, that of the next holds: go on until
 *  there is one. Returns the request whose policy it is, else the first. */
request_rec *cors_lookup_follow(cors_lookup_t *lookup, request_rec *r,
                                request_rec *first);

#endif /* CORS_LOOKUP_PARTS_H */
