/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_cors.h: what other modules may use: who provides origins
 * (CORSAllowOriginFrom provider:argument), and what was decided.
 */
#ifndef MOD_CORS_H
#define MOD_CORS_H

#include "httpd.h"

#include "ap_provider.h"
#include "apr_optional.h"
#include "http_config.h"

/* A provider of origins is registered from register_hooks:
 *
 *     ap_register_provider(p, CORS_SOURCE_GROUP, "ldap", CORS_SOURCE_VERSION,
 *                          &my_provider);
 *
 * and used as CORSAllowOriginFrom ldap:argument. "file", "dbm" and "dbd" are
 * the module's own. */
#define CORS_SOURCE_GROUP "cors-origin-source"
#define CORS_SOURCE_VERSION "1"

/* Where ask fails, it may say why in r->notes, under this name. */
#define CORS_SOURCE_NOTE "cors-source-error"

typedef struct cors_source_provider_t {
    /**
     * Make a source, while the configuration is read: each time that it is
     * read, for each line that names it.
     * @param cmd Of the line; what is made lives in cmd->pool.
     * @param argument What stands behind the colon.
     * @param source Set: what the other functions get.
     * @return NULL, or what is wrong with the argument and what to write: a
     *         sentence without a full stop, an error for configtest and start.
     */
    const char *(*make)(cmd_parms *cmd, const char *argument, void **source);

    /**
     * Can the source be asked? Once all of the configuration was read, with
     * the rights of whoever starts httpd, before there are children. May be
     * NULL.
     * @return NULL, or what is wrong: an error for configtest, a line in the
     *         log at a start.
     */
    const char *(*check)(void *source, apr_pool_t *pool);

    /**
     * Is this origin allowed? From any thread of a child.
     * @param r The request; its pool is there for what is needed meanwhile.
     * @param origin One valid origin as browsers write it (Fetch, "serialising
     *               a request origin"), never "null" nor "*".
     * @param allowed Set to 1 or 0.
     * @return APR_SUCCESS; else nobody is allowed by this source now, which is
     *         logged once a minute and counted.
     */
    apr_status_t (*ask)(void *source, request_rec *r, const char *origin,
                        int *allowed);
} cors_source_provider_t;

/**
 * How mod_cors decided about this request: the text of CORS_RESULT, such as
 * "allowed" or "refused-origin".
 * @param r The request or one that it was redirected to; not a subrequest.
 * @return A constant, or NULL where no policy holds or there is no Origin.
 *         Known from the fixups on.
 */
APR_DECLARE_OPTIONAL_FN(const char *, cors_request_result, (request_rec *r));

#endif /* MOD_CORS_H */
