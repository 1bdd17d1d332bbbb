/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_file.c: a list in a file: read and reported at start, asked.
 */
#include "httpd/source_file.h"

#include <unistd.h>

#include "engine/list_text.h"
#include "httpd/list_versions.h"
#include "httpd/shared.h"
#include "httpd/sources.h"

static apr_status_t end(void *data)
{
    cors_file_t *file = data;

    /* A child that ends leaves it to the system: its threads may still run. */
    if (file->reader != getpid()) {
        return APR_SUCCESS;
    }
    if (file->first != file->current) {
        cors_version_drop(file->first);
    }
    if (file->current && !file->current->users) {
        cors_version_drop(file->current);
    }
    file->first = file->current = NULL;
    return APR_SUCCESS;
}

cors_file_t *cors_file_make(const char *path, const unsigned *tolerate,
                            apr_pool_t *pconf)
{
    cors_file_t *file = apr_pcalloc(pconf, sizeof(*file));
    void *latest;

    file->path = path;
    file->tolerate = tolerate;
    file->reader = getpid();
    cors_shared_make(&latest, sizeof(*file->latest), pconf);
    file->latest = latest;
#if APR_HAS_THREADS
    if (apr_thread_mutex_create(&file->lock, APR_THREAD_MUTEX_DEFAULT, pconf)
            != APR_SUCCESS
        || apr_thread_cond_create(&file->checked_once, pconf)
               != APR_SUCCESS) {
        return NULL;
    }
#endif
    apr_pool_cleanup_register(pconf, file, end, apr_pool_cleanup_null);
    return file;
}

static void read_first(cors_file_t *file)
{
    cors_reading_t reading;

    file->outcome = cors_version_read(&reading, file->path, file->tolerate,
                                      NULL);
    file->first = reading.version;
    file->failed = reading.failed;
    if (file->outcome == CORS_READING_GOOD) {
        file->current = reading.version;
    }
    /* What was written just now is looked at once more. */
    if ((file->outcome == CORS_READING_GOOD
         || file->outcome == CORS_READING_BAD)
        && apr_time_now() - reading.stamp.mtime > CORS_FILE_RESTED) {
        file->seen = reading.stamp;
        file->number = file->current ? cors_stamp_number(&reading.stamp) : 0;
    }
}

/* May be right at the next start, without any change of the configuration. */
static void add_findings(cors_findings_t *to, const cors_findings_t *from,
                         int n, const cors_where_t *where)
{
    int i;

    for (i = 0; i < n; i++) {
        cors_finding_t *f = cors_finding_copy(
            to, &APR_ARRAY_IDX(from->list, i, cors_finding_t));

        f->may_change = 1;
        if (!f->other.file && !cors_same_place(&f->where, where)) {
            f->other = *where;
        }
    }
}

static void report(const cors_file_t *file, const cors_where_t *credentials,
                   const cors_where_t *where, cors_findings_t *findings)
{
    cors_findings_t *found = cors_findings_make(findings->pool);
    const cors_version_t *v = file->first;

    found->most = CORS_LIST_FINDINGS;
    if (file->outcome == CORS_READING_FAILED) {
        cors_finding_add(found, CORS_F_SOURCE, where, file->path, "%s",
                         cors_list_error(file->failed, findings->pool));
    }
    else if (file->outcome == CORS_READING_LATER) {
        cors_finding_add(found, CORS_F_SOURCE_LATER, where, file->path, NULL);
    }
    else {
        add_findings(findings, v->findings, v->of_lines, where);
        cors_origins_report(v->list, credentials, found);
    }
    add_findings(findings, found, found->list->nelts, where);
}

void cors_file_check(cors_file_t *file, const cors_where_t *credentials,
                     const cors_where_t *where, cors_findings_t *findings)
{
    if (!file->is_read) {
        file->is_read = 1;
        read_first(file);
    }
    if (credentials && !file->credentials) {
        file->credentials = credentials;
    }
    report(file, credentials, where, findings);
}

/* With credentials that no configtest has seen, such as those of .htaccess,
 * nothing may stand in the list that configtest would have told. */
static int is_fit(const cors_file_t *file, const cors_origins_t *list,
                  int credentials)
{
    return !credentials
           || (!list->with_credentials.id
               && (file->credentials || !list->by_update.id));
}

cors_source_answer_e cors_file_ask(const cors_source_t *source,
                                   cors_subject_t *subject,
                                   const cors_where_t **where)
{
    cors_file_t *file = source->data;
    request_rec *r = subject->request;
    const cors_where_t *found;
    const char *why;
    cors_version_t *v;

    if (!r) {
        return CORS_SOURCE_FAILED;
    }
    v = cors_file_current(file, r, &why);
    if (!v) {
        cors_source_failed(source, r, APR_SUCCESS, why);
        return CORS_SOURCE_FAILED;
    }
    if (!is_fit(file, v->list, subject->credentials)) {
        cors_source_failed(source, r, APR_SUCCESS,
                           "an entry of it is not fit for credentials");
        return CORS_SOURCE_FAILED;
    }
    found = cors_origins_allow(v->list, subject);
    if (!found) {
        return CORS_SOURCE_NO;
    }
    *where = found;
    return CORS_SOURCE_YES;
}
