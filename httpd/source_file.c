/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_file.c: versions of a list, one after another.
 */
#include "httpd/source_file.h"

#include <unistd.h>

#include "apr_strings.h"
#include "apr_thread_mutex.h"

#include "httpd/list_file.h"
#include "httpd/observe.h"
#include "httpd/sources.h"

APLOG_USE_MODULE(cors);

/* A file that was written to so lately may be written to again without a sign
 * of it: clocks of file systems are coarse. */
#define RACY_FOR apr_time_from_sec(2)

/* Bad entries of a version that are told. */
#define TOLD_MOST 20

struct cors_file_t {
    const char *path;
    const unsigned *tolerate;
    const cors_where_t *credentials;    /* a line that switches them on where
                                           the list is used, or NULL */
    pid_t reader;                   /* of the configuration */
#if APR_HAS_THREADS
    apr_thread_mutex_t *lock;       /* over all below */
#endif
    cors_version_t *current;             /* NULL: there is no good one */
    apr_status_t failed;            /* of the file itself */
    apr_time_t checked;             /* in seconds */
    int checking;                   /* a thread does: it alone uses the rest */
    cors_stamp_t seen;                   /* of the version read last, good or bad */
    int settled;                    /* … which is all that it will be */
    int is_read;                    /* at start: … */
    cors_reading_e outcome;
    cors_version_t *first;          /* good or bad */
};

static void lock(cors_file_t *file)
{
#if APR_HAS_THREADS
    apr_thread_mutex_lock(file->lock);
#else
    (void)file;
#endif
}

static void unlock(cors_file_t *file)
{
#if APR_HAS_THREADS
    apr_thread_mutex_unlock(file->lock);
#else
    (void)file;
#endif
}

/* ---- at start ---------------------------------------------------------- */

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

    file->path = path;
    file->tolerate = tolerate;
    file->reader = getpid();
#if APR_HAS_THREADS
    if (apr_thread_mutex_create(&file->lock, APR_THREAD_MUTEX_DEFAULT, pconf)
        != APR_SUCCESS) {
        return NULL;
    }
#endif
    apr_pool_cleanup_register(pconf, file, end, apr_pool_cleanup_null);
    return file;
}

static void note_version(cors_file_t *file, const cors_reading_t *reading)
{
    file->seen = reading->stamp;
    file->settled = apr_time_now() - reading->stamp.mtime > RACY_FOR;
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
    if (file->outcome == CORS_READING_GOOD
        || file->outcome == CORS_READING_BAD) {
        note_version(file, &reading);
    }
}

/* May be right at the next start, without any change of the configuration. */
static void add_findings(cors_findings_t *to, const cors_findings_t *from,
                         int n, const cors_where_t *where)
{
    int i;

    for (i = 0; i < n; i++) {
        cors_finding_t *f = apr_array_push(to->list);

        *f = APR_ARRAY_IDX(from->list, i, cors_finding_t);
        f->text = apr_pstrdup(to->pool, f->text);
        f->may_change = 1;
        if (!f->other.file && !cors_same_place(&f->where, where)) {
            f->other = *where;
        }
        to->errors += f->is_error;
    }
}

static void report(const cors_file_t *file, const cors_where_t *credentials,
                   const cors_where_t *where, cors_findings_t *findings)
{
    cors_findings_t *found = cors_findings_make(findings->pool);
    const cors_version_t *v = file->first;

    if (file->outcome == CORS_READING_FAILED) {
        cors_finding_add(found, CORS_F_SOURCE, where, file->path, "%s",
                         cors_source_error(file->failed, findings->pool));
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

/* ---- while requests are served ----------------------------------------- */

static void tell_bad(const cors_reading_t *reading, request_rec *r, int is_first)
{
    const cors_findings_t *found = reading->version->findings;
    int i, told = 0;

    for (i = 0; i < found->list->nelts; i++) {
        const cors_finding_t *f = &APR_ARRAY_IDX(found->list, i,
                                                 cors_finding_t);

        if (!f->is_error || told == TOLD_MOST
            || !cors_observe_is_due(&f->where, NULL, apr_time_now())) {
            continue;
        }
        told++;
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, r->server, "%s:%d: %s; %s",
                     f->where.file, f->where.line, f->text,
                     is_first ? "the list holds nobody until it is mended"
                              : "the list as it was read before stays");
    }
}

/* Under the lock: nobody will use this version any more. */
static void forget(cors_file_t *file, const cors_version_t *v)
{
    if (v == file->first) {
        file->first = NULL;
    }
}

/* The one thread that looks. Returns a version that nobody needs any more. */
static cors_version_t *take(cors_file_t *file, const cors_reading_t *reading,
                       cors_reading_e outcome)
{
    cors_version_t *former = NULL;

    lock(file);
    file->failed = reading->failed;
    if (outcome == CORS_READING_GOOD) {
        former = file->current;
        file->current = reading->version;
        if (former && former->users) {
            /* Its last request drops it. */
            former = NULL;
        }
        forget(file, former);
    }
    unlock(file);
    return former;
}

static void refresh(cors_file_t *file, request_rec *r)
{
    cors_reading_t reading = {0};
    cors_stamp_t now;
    cors_reading_e outcome;

    reading.failed = cors_stamp_look(file->path, &now, r->pool);
    if (reading.failed != APR_SUCCESS
        || (file->settled && cors_stamp_is_same(&now, &file->seen))) {
        take(file, &reading, CORS_READING_FAILED);
        return;
    }
    outcome = cors_version_read(&reading, file->path, file->tolerate,
                                file->credentials);
    cors_version_drop(take(file, &reading, outcome));
    if (outcome == CORS_READING_BAD) {
        tell_bad(&reading, r, !file->current);
    }
    if (outcome == CORS_READING_GOOD || outcome == CORS_READING_BAD) {
        note_version(file, &reading);
    }
    if (outcome != CORS_READING_GOOD) {
        cors_version_drop(reading.version);
    }
}

/* A version that a request uses. */
typedef struct use_t {
    cors_file_t *file;
    cors_version_t *version;
} use_t;

static apr_status_t release(void *data)
{
    const use_t *use = data;
    cors_version_t *v = use->version;

    lock(use->file);
    if (--v->users || v == use->file->current) {
        v = NULL;
    }
    forget(use->file, v);
    unlock(use->file);
    cors_version_drop(v);
    return APR_SUCCESS;
}

static int begins_to_check(cors_file_t *file)
{
    apr_time_t now = apr_time_sec(apr_time_now());

    if (file->checking || file->checked == now) {
        return 0;
    }
    file->checked = now;
    file->checking = 1;
    return 1;
}

static cors_version_t *current_version(cors_file_t *file, request_rec *r,
                                  apr_status_t *failed)
{
    cors_version_t *v;
    use_t *use;

    lock(file);
    if (begins_to_check(file)) {
        unlock(file);
        refresh(file, r);
        lock(file);
        file->checking = 0;
    }
    *failed = file->failed;
    v = file->failed ? NULL : file->current;
    if (v) {
        v->users++;
    }
    unlock(file);
    if (v) {
        use = apr_palloc(r->pool, sizeof(*use));
        use->file = file;
        use->version = v;
        apr_pool_cleanup_register(r->pool, use, release,
                                  apr_pool_cleanup_null);
    }
    return v;
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
    apr_status_t failed;
    cors_version_t *v;

    if (!r) {
        return CORS_SOURCE_FAILED;
    }
    v = current_version(file, r, &failed);
    if (!v) {
        cors_source_failed(source, r, failed,
                           failed ? NULL : "no version of it was good, or "
                                           "complete, yet");
        return CORS_SOURCE_FAILED;
    }
    if (!is_fit(file, v->list, subject->credentials)) {
        cors_source_failed(source, r, 0, "an entry of it is not fit for "
                                         "credentials");
        return CORS_SOURCE_FAILED;
    }
    found = cors_origins_allow(v->list, subject);
    if (!found) {
        return CORS_SOURCE_NO;
    }
    *where = found;
    return CORS_SOURCE_YES;
}
