/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_cors.h: what other modules may use.
 *
 * The interface of origin sources (CORSAllowOriginFrom provider:argument) will
 * stand here: a provider group that other modules can add to.
 */
#ifndef MOD_CORS_H
#define MOD_CORS_H

#include "apr_optional.h"
#include "httpd.h"

/**
 * How mod_cors decided about this request: the text of CORS_RESULT, such as
 * "allowed" or "refused-origin".
 * @param r The request or one that it was redirected to; not a subrequest.
 * @return A constant, or NULL where no policy holds or there is no Origin.
 *         Known from the fixups on.
 */
APR_DECLARE_OPTIONAL_FN(const char *, cors_request_result, (request_rec *r));

#endif /* MOD_CORS_H */
