/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response.h: what the module does to a response and, so that caches stay
 * right, to a conditional request.
 */
#ifndef CORS_RESPONSE_H
#define CORS_RESPONSE_H

#include "httpd/state.h"

/** Write the response's headers; all that a handler or module could set must
 *  be set already. Doing it twice is harmless. */
void cors_response_write(request_rec *r, cors_state_t *state);

/** Take the conditions out of a request whose answer must be complete, as the
 *  decision says. */
void cors_request_complete(request_rec *r);

/**
 * Keep mod_cache away from a request whose Origin mod_headers has hidden or
 * changed: it would give one origin what it stored for another. Before any
 * handler runs; only for requests that came with Origin.
 */
void cors_request_bypass_cache(request_rec *r, cors_state_t *state);

#endif /* CORS_RESPONSE_H */
