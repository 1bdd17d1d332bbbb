/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handlers.h: what the module's own pages (cors-metrics, cors-explain) have in
 * common.
 */
#ifndef CORS_HANDLERS_H
#define CORS_HANDLERS_H

#include "httpd/module.h"

/**
 * Whether a handler of ours may answer: first thing in a handler hook. The
 * pages show other people's files and lines, so they answer only where
 * SetHandler stands in the server's own configuration: a user who may write
 * .htaccess files could otherwise have them shown, past the Require that the
 * administrator wrote elsewhere.
 * @param name Such as "cors-metrics".
 * @return OK: answer. DECLINED: another handler is meant. 404: SetHandler in
 *         an .htaccess file, AddHandler, AddType or a RewriteRule's [H=]; 405
 *         for any method but GET and HEAD, with Allow.
 */
int cors_handler_check(request_rec *r, const char *name);

#endif /* CORS_HANDLERS_H */
