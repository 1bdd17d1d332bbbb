/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_told.c: what was found wrong, once and in order, on the terminal or
 * in the log.
 */
#include "httpd/registry.h"

#include "apr_hash.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"

APLOG_USE_MODULE(cors);

/* Findings are told in the order of the lines. */
static int by_line(const void *one, const void *two)
{
    const cors_finding_t *a = one, *b = two;
    int files = strcmp(a->where.file ? a->where.file : "",
                       b->where.file ? b->where.file : "");

    if (files) {
        return files;
    }
    return a->where.line != b->where.line ? a->where.line - b->where.line
                                          : (int)a->id - (int)b->id;
}

/* The same fault shows in every section that inherits it: told once. */
static void drop_repetitions(cors_findings_t *findings)
{
    apr_hash_t *seen = apr_hash_make(findings->pool);
    int i, kept = 0;

    findings->errors = 0;
    for (i = 0; i < findings->list->nelts; i++) {
        cors_finding_t *f = &APR_ARRAY_IDX(findings->list, i, cors_finding_t);
        const char *key = apr_psprintf(findings->pool, "%s:%d %s",
                                       f->where.file ? f->where.file : "",
                                       f->where.line, f->text);

        if (apr_hash_get(seen, key, APR_HASH_KEY_STRING)) {
            continue;
        }
        apr_hash_set(seen, key, APR_HASH_KEY_STRING, f);
        findings->errors += f->is_error;
        APR_ARRAY_IDX(findings->list, kept++, cors_finding_t) = *f;
    }
    findings->list->nelts = kept;
    if (kept) {
        qsort(findings->list->elts, (size_t)kept, sizeof(cors_finding_t),
              by_line);
    }
}

static int is_testing(void)
{
    return ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST;
}

/* Whether a finding stops the server: what may change without the
 * configuration never does, but for configtest. */
static int is_fatal(const cors_finding_t *f)
{
    if (!f->is_error) {
        return is_testing() && ap_exists_config_define("CORS_STRICT");
    }
    return is_testing() || !f->may_change;
}

int cors_registry_settle(void)
{
    cors_findings_t *findings = cors_registry_findings();
    int i, fatal = 0;

    drop_repetitions(findings);
    for (i = 0; i < findings->list->nelts; i++) {
        fatal += is_fatal(&APR_ARRAY_IDX(findings->list, i, cors_finding_t));
    }
    return fatal;
}

int cors_registry_add_finding(const cors_finding_t *finding)
{
    cors_finding_t *f = cors_finding_copy(cors_registry_findings(), finding);
    char *c;

    /* The copy's text is its own. */
    for (c = (char *)f->text; *c; c++) {
        if (apr_iscntrl(*c)) {
            *c = '?';
        }
    }
    return is_fatal(f);
}

const char *cors_place(apr_pool_t *pool, const cors_where_t *where)
{
    if (!where || !where->file) {
        return "configuration";
    }
    return where->line ? apr_psprintf(pool, "%s:%d", where->file, where->line)
                       : where->file;
}

static void log_finding(server_rec *s, const cors_finding_t *f,
                        apr_file_t *terminal)
{
    apr_pool_t *p = cors_registry_findings()->pool;
    const char *place = cors_place(p, &f->where);
    const char *also = f->other.file
                           ? apr_pstrcat(p, " (see also ",
                                         cors_place(p, &f->other), ")", NULL)
                           : "";

    if (terminal) {
        /* httpd's log would double every backslash of a corrected regex. */
        apr_file_printf(terminal, "%s: %s: %s%s\n", place,
                        f->is_error ? "error" : "warning", f->text, also);
    }
    else {
        ap_log_error(APLOG_MARK, f->is_error ? APLOG_ERR : APLOG_WARNING, 0, s,
                     "%s: %s%s", place, f->text, also);
    }
}

void cors_registry_log(server_rec *s, int faults, int others)
{
    cors_findings_t *findings = cors_registry_findings();
    apr_file_t *terminal = NULL;
    int i;

    if (is_testing()) {
        apr_file_open_stderr(&terminal, findings->pool);
    }
    for (i = 0; i < findings->list->nelts; i++) {
        const cors_finding_t *f =
            &APR_ARRAY_IDX(findings->list, i, cors_finding_t);

        if (is_fatal(f) ? faults : others) {
            log_finding(s, f, terminal);
        }
    }
}
