/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_suggest.c: lines that turn a refusal.
 */
#include "httpd/explain.h"

void cors_explain_suggest(cors_explained_t *e)
{
    (void)e;
}
