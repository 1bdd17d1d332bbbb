/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump.h: `apachectl -t -D DUMP_CORS`.
 */
#ifndef CORS_DUMP_H
#define CORS_DUMP_H

#include "httpd/module.h"

/**
 * Where -D DUMP_CORS or -D DUMP_CORS_ALL asks for it, print every section that
 * has a directive of ours to stdout, as configuration. Once everything was
 * checked: httpd's test_config hook.
 */
void cors_dump(apr_pool_t *pool, server_rec *servers);

#endif /* CORS_DUMP_H */
