/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htaccess.h: `apachectl -t -D CHECK_CORS_HTACCESS`.
 */
#ifndef CORS_HTACCESS_H
#define CORS_HTACCESS_H

#include "httpd/module.h"

/**
 * Where configtest is asked to with -D CHECK_CORS_HTACCESS, check the CORS
 * lines of all .htaccess files that httpd would read below document roots and
 * <Directory> sections. What is found joins the registry's findings. From
 * check_config, once the server's own configuration was checked.
 * @return The number of errors.
 */
int cors_htaccess_check(server_rec *servers, apr_pool_t *pool);

#endif /* CORS_HTACCESS_H */
