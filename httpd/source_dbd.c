/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_dbd.c: one statement, whose first parameter is the origin and whose
 * second, where it has one, the server's name.
 */
#include "httpd/source_dbd.h"

#include "apr_dbd.h"
#include "apr_sha1.h"
#include "apr_strings.h"
#include "mod_dbd.h"
#include "util_cfgtree.h"

#include "httpd/patience.h"
#include "httpd/shared.h"
#include "httpd/source_cache.h"
#include "httpd/sources.h"

/* APR-util's drivers read as many values as the statement has parameters,
 * however many there are: those that it has too many of are NULL, which equals
 * nothing in SQL. */
#define VALUES 32

/* Milliseconds. A slow database is not a stopped one. */
#define TOO_LONG 5000

/* What a statement has a use for. */
#define PARAMETERS_MOST 2

typedef struct dbd_t {
    apr_pool_t *pool;
    const char *label;
    const char *question;       /* the name, and a sum over all statements that
                                   have it: what the cache knows it by */
    const char *query;          /* the statement of this name, to prepare it
                                   again; NULL: there are several */
    int parameters;             /* the most that one of them has; -1: none */
    int is_known;               /* … set */
    cors_patient_t patient;
    APR_OPTIONAL_FN_TYPE(ap_dbd_acquire) *acquire;
} dbd_t;

static const char *dbd_make(cmd_parms *cmd, const char *argument,
                            void **source)
{
    dbd_t *d = apr_pcalloc(cmd->pool, sizeof(*d));
    void *shared;

    d->pool = cmd->pool;
    d->label = d->question = argument;
    d->acquire = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_acquire);
    cors_shared_make(&shared, sizeof(cors_patience_t), cmd->pool);
    d->patient.shared = shared;
    d->patient.too_long = TOO_LONG;
    *source = d;
    return d->acquire ? NULL
                      : "mod_dbd is not loaded: write LoadModule dbd_module "
                        "modules/mod_dbd.so (on Debian: a2enmod dbd)";
}

/* ---- once all of the configuration was read ---------------------------- */

static int count_parameters(const char *query)
{
    int n = 0;

    for (; *query; query++) {
        if (*query == '%') {
            n += query[1] != '%';
            query += query[1] == '%';
        }
    }
    return n;
}

static void note_statement(dbd_t *d, const char *query, apr_sha1_ctx_t *sum)
{
    const int n = count_parameters(query);

    /* With the NUL, which is in none of them. */
    apr_sha1_update(sum, query, (unsigned)strlen(query) + 1);
    if (d->parameters < 0) {
        d->query = query;
    }
    else if (d->query && strcmp(d->query, query)) {
        d->query = NULL;
    }
    d->parameters = n > d->parameters ? n : d->parameters;
}

/* All statements of this name, as each virtual host may have one. */
static void find_statements(dbd_t *d, const ap_directive_t *line,
                            apr_pool_t *pool, apr_sha1_ctx_t *sum)
{
    for (; line; line = line->next) {
        find_statements(d, line->first_child, pool, sum);
        if (!strcasecmp(line->directive, "DBDPrepareSQL")) {
            const char *args = line->args;
            const char *query = ap_getword_conf(pool, &args);

            if (!strcmp(ap_getword_conf(pool, &args), d->label)) {
                note_statement(d, query, sum);
            }
        }
    }
}

static void know(dbd_t *d)
{
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    char hex[2 * APR_SHA1_DIGESTSIZE + 1];
    apr_sha1_ctx_t sum;

    d->parameters = -1;
    apr_sha1_init(&sum);
    find_statements(d, ap_conftree, d->pool, &sum);
    apr_sha1_final(digest, &sum);
    ap_bin2hex(digest, sizeof(digest), hex);
    d->question = apr_pstrcat(d->pool, d->label, " ", hex, NULL);
    d->is_known = 1;
}

static const char *dbd_check(void *source, apr_pool_t *pool)
{
    dbd_t *d = source;

    if (!d->is_known) {
        know(d);
    }
    if (d->parameters < 0) {
        return apr_psprintf(pool, "there is no statement of this name: write "
                            "DBDPrepareSQL \"SELECT 1 FROM partners WHERE "
                            "origin = %%s\" %s", d->label);
    }
    if (!d->parameters || d->parameters > PARAMETERS_MOST) {
        return apr_psprintf(pool, "the statement has %d parameters: write one "
                            "%%s for the origin, and a second for the server's "
                            "name if it needs that", d->parameters);
    }
    return NULL;
}

/* ---- while requests are served ----------------------------------------- */

static apr_status_t fail(request_rec *r, const char *why)
{
    apr_table_setn(r->notes, CORS_SOURCE_NOTE, why);
    return APR_EGENERAL;
}

static int is_pgsql(const ap_dbd_t *dbd)
{
    return !strcmp(apr_dbd_name(dbd->driver), "pgsql");
}

static int select_rows(request_rec *r, const ap_dbd_t *dbd,
                       apr_dbd_prepared_t *statement, const char *origin,
                       apr_dbd_results_t **results)
{
    const char *values[VALUES] = {NULL};

    values[0] = origin;
    values[1] = r->server->server_hostname;
    /* Row by row; but then PostgreSQL's driver only sends the statement, and
     * what comes of it looks like "no rows" even where it failed. Of a result
     * that is read as a whole MySQL's driver has no next row. */
    return apr_dbd_pselect(dbd->driver, r->pool, dbd->handle, results,
                           statement, is_pgsql(dbd), VALUES, values);
}

/* All of them: only then is the connection free for the next statement. */
static int count_rows(request_rec *r, const ap_dbd_t *dbd,
                      apr_dbd_results_t *results, int *n)
{
    apr_dbd_row_t *row = NULL;
    int error;

    *n = 0;
    while (!(error = apr_dbd_get_row(dbd->driver, r->pool, results, &row,
                                     -1))) {
        (*n)++;
    }
    return error == -1 ? 0 : error;
}

static int ask_statement(request_rec *r, const ap_dbd_t *dbd,
                         apr_dbd_prepared_t *statement, const char *origin,
                         int *rows)
{
    apr_dbd_results_t *results = NULL;
    int error = select_rows(r, dbd, statement, origin, &results);

    return error ? error : count_rows(r, dbd, results, rows);
}

/* Whether MySQL's client says that the statement went with its connection: no
 * such statement, server gone, connection lost, not prepared, closed. */
static int is_lost_mysql(int error)
{
    return error == 1243 || error == 2006 || error == 2013 || error == 2030
           || error == 2056;
}

/* Where the database was started again, drivers connect again, but nobody
 * prepares the statements again. PostgreSQL refuses to where one is there
 * still. Elsewhere each try would leave a statement behind. */
static int may_be_lost(const ap_dbd_t *dbd, int error)
{
    return is_pgsql(dbd)
           || (!strcmp(apr_dbd_name(dbd->driver), "mysql")
               && is_lost_mysql(error));
}

/* The new one belongs to the connection, as the old one did. */
static apr_dbd_prepared_t *prepare_again(const dbd_t *d, request_rec *r,
                                         const ap_dbd_t *dbd, int error)
{
    apr_dbd_prepared_t *statement = NULL;
    apr_pool_t *pool;

    if (!d->query || !may_be_lost(dbd, error)
        || apr_dbd_check_conn(dbd->driver, r->pool, dbd->handle) != APR_SUCCESS
        || apr_pool_create(&pool, dbd->pool) != APR_SUCCESS) {
        return NULL;
    }
    if (apr_dbd_prepare(dbd->driver, pool, dbd->handle, d->query, d->label,
                        &statement)) {
        apr_pool_destroy(pool);
        return NULL;
    }
    apr_hash_set(dbd->prepared, d->label, APR_HASH_KEY_STRING, statement);
    return statement;
}

static const char *said(request_rec *r, const ap_dbd_t *dbd, int error)
{
    return apr_pstrcat(r->pool, "the statement failed: ",
                       apr_dbd_error(dbd->driver, dbd->handle, error), NULL);
}

static apr_status_t ask_database(const dbd_t *d, request_rec *r,
                                 const char *origin, int *allowed)
{
    /* Of the request, not one's own: other modules use the same. If each took
     * one of its own while it waited for the next, DBDMax could stop all. */
    const ap_dbd_t *dbd = d->acquire(r);
    apr_dbd_prepared_t *statement;
    const char *why = NULL;
    int error, rows = 0;

    if (!dbd) {
        return fail(r, "no connection to the database");
    }
    statement = apr_hash_get(dbd->prepared, d->label, APR_HASH_KEY_STRING);
    if (!statement) {
        return fail(r, "this server has no DBDPrepareSQL of that name");
    }
    error = ask_statement(r, dbd, statement, origin, &rows);
    if (error) {
        why = said(r, dbd, error);
        statement = prepare_again(d, r, dbd, error);
        if (statement) {
            error = ask_statement(r, dbd, statement, origin, &rows);
        }
    }
    if (error) {
        return fail(r, why);
    }
    *allowed = rows > 0;
    return APR_SUCCESS;
}

static apr_status_t dbd_ask(void *source, request_rec *r, const char *origin,
                            int *allowed)
{
    const dbd_t *d = source;
    cors_cached_t cached;
    apr_uint32_t ticket;
    apr_status_t status;

    if (cors_source_cache_get(&cached, r, d->question, origin, allowed)) {
        return APR_SUCCESS;
    }
    /* Whoever waits for a database that has stopped cannot be helped. */
    ticket = cors_patience_begin(&d->patient);
    if (!ticket) {
        return fail(r, "the database has not answered for seconds: it is left "
                    "alone until it does, and tried again in twenty seconds or "
                    "later");
    }
    status = ask_database(d, r, origin, allowed);
    cors_patience_end(&d->patient, ticket);
    if (status == APR_SUCCESS) {
        cors_source_cache_put(&cached, r, *allowed);
    }
    return status;
}

const cors_source_provider_t cors_source_dbd = {dbd_make, dbd_check, dbd_ask};
