/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_versions.c: versions of a list, one after another, while requests are
 * served.
 */
#include "httpd/list_versions.h"

#include "httpd/observe.h"
#include "httpd/registry.h"

APLOG_USE_MODULE(cors);

/* If it has not rested for so long, that is worth a line. */
#define RESTLESS apr_time_from_sec(60)

/* Bad entries of a version that are told. */
#define TOLD_MOST 20

#if APR_HAS_THREADS
#define LOCK(mutex) apr_thread_mutex_lock(mutex)
#define UNLOCK(mutex) apr_thread_mutex_unlock(mutex)
#define WAIT(cond, mutex) apr_thread_cond_wait(cond, mutex)
#define WAKE(cond) apr_thread_cond_broadcast(cond)
#else
#define LOCK(mutex) (void)0
#define UNLOCK(mutex) (void)0
#define WAIT(cond, mutex) (void)0
#define WAKE(cond) (void)0
#endif

static void tell_bad(const cors_reading_t *reading, request_rec *r,
                     const char *so)
{
    const cors_findings_t *found = reading->version->findings;
    /* Another version may be bad in the same line: that is another fault. */
    const cors_where_t version = {
        reading->path, (int)cors_stamp_number(&reading->stamp)
    };
    int i, told = 0;

    for (i = 0; i < found->list->nelts && told < TOLD_MOST; i++) {
        const cors_finding_t *f = &APR_ARRAY_IDX(found->list, i,
                                                 cors_finding_t);

        if (f->is_error
            && cors_observe_is_due(&f->where, &version, apr_time_now())) {
            told++;
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, r->server, "%s: %s; %s",
                         cors_place(r->pool, &f->where), f->text, so);
        }
    }
}

static void tell_restless(const cors_file_t *file, request_rec *r)
{
    const cors_where_t where = {file->path, 0};

    if (file->restless && apr_time_now() - file->restless > RESTLESS
        && cors_observe_is_due(&where, NULL, apr_time_now())) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, r->server,
                     "%s: has been written to for more than a minute, and is "
                     "read once it has rested; the list as it was read before "
                     "stays; write it elsewhere and rename it", file->path);
    }
}

/* What whoever starts httpd has read, its children may have no right to. Better
 * told now than when it changes. */
static void tell_closed(const cors_file_t *file, request_rec *r)
{
    const cors_where_t where = {file->path, 1};
    const apr_status_t status = cors_list_open(file->path, r->pool);

    if (APR_STATUS_IS_EACCES(status)
        && cors_observe_is_due(&where, NULL, apr_time_now())) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, r->server, "%s: %s; the list as "
                     "it was read at start stays until the file changes, and "
                     "then holds nobody", file->path,
                     cors_list_error(status, r->pool));
    }
}

/* Under the lock: nobody will use this version any more. */
static void forget(cors_file_t *file, const cors_version_t *v)
{
    if (v == file->first) {
        file->first = NULL;
    }
}

static int is_stale(const cors_file_t *file)
{
    const apr_uint32_t latest = apr_atomic_read32(file->latest);

    return latest && latest != file->number;
}

/* Under the lock. Returns a version that nobody needs any more. */
static cors_version_t *replace(cors_file_t *file,
                               const cors_reading_t *reading)
{
    cors_version_t *former = file->current;

    file->current = reading->version;
    file->number = cors_stamp_number(&reading->stamp);
    file->failed = APR_SUCCESS;
    file->is_stale = 0;
    apr_atomic_set32(file->latest, file->number);
    if (former && former->users) {
        /* Its last request drops it. */
        return NULL;
    }
    if (!former) {
        /* Read at start, and bad. */
        former = file->first;
    }
    forget(file, former);
    return former;
}

/* What came of looking. Returns a version that nobody needs any more. */
static cors_version_t *take(cors_file_t *file, const cors_reading_t *reading,
                            cors_reading_e outcome)
{
    cors_version_t *former = reading->version;

    LOCK(file->lock);
    switch (outcome) {
    case CORS_READING_GOOD:
        former = replace(file, reading);
        break;
    case CORS_READING_FAILED:
        file->failed = reading->failed;
        /* It is there again, as this process read it. */
        if (!file->failed && file->current
            && file->number == cors_stamp_number(&file->seen)) {
            file->is_stale = 0;
        }
        break;
    case CORS_READING_BAD:
        file->failed = APR_SUCCESS;
        file->is_stale = is_stale(file);
        break;
    default:
        /* Where the file was away, the list stays so until it is read. */
        file->is_stale = is_stale(file);
        break;
    }
    UNLOCK(file->lock);
    return former;
}

/* How long the file has looked like this: by its own clock, which may go
 * wrong, or by the process's. */
static void note_change(cors_file_t *file, const cors_stamp_t *now)
{
    const apr_time_t clock = apr_time_now();

    if (!cors_stamp_is_same(now, &file->changed.stamp)
        || clock < file->since) {
        file->changed.stamp = *now;
        file->since = clock;
    }
    if (!file->restless || clock < file->restless) {
        file->restless = clock;
    }
    file->changed.rested = clock - (now->mtime < file->since ? now->mtime
                                                             : file->since);
    file->changed.credentials = file->credentials;
}

/* A version that is read again, or has changed. */
static void read_again(cors_file_t *file, request_rec *r)
{
    cors_reading_t reading = {0};
    cors_reading_e outcome = CORS_READING_LATER;

    /* Whoever has no good version but an old one must not wait. */
    if (file->changed.rested >= CORS_FILE_RESTED || is_stale(file)) {
        outcome = cors_version_read(&reading, file->path, file->tolerate,
                                    &file->changed);
    }
    if (outcome == CORS_READING_BAD) {
        tell_bad(&reading, r,
                 is_stale(file) || !file->current
                     ? "the list holds nobody until it is mended"
                     : "the list as it was read before stays");
    }
    if (outcome == CORS_READING_GOOD || outcome == CORS_READING_BAD) {
        file->seen = reading.stamp;
        file->restless = 0;
    }
    tell_restless(file, r);
    cors_version_drop(take(file, &reading, outcome));
}

/* The one thread that looks. */
static void look(cors_file_t *file, request_rec *r)
{
    cors_reading_t reading = {0};
    cors_stamp_t now;

    reading.failed = cors_stamp_look(file->path, &now, r->pool);
    if (reading.failed == APR_SUCCESS
        && !cors_stamp_is_same(&now, &file->seen)) {
        note_change(file, &now);
        read_again(file, r);
        return;
    }
    file->restless = 0;
    if (!file->is_checked && !reading.failed) {
        tell_closed(file, r);
    }
    take(file, &reading, CORS_READING_FAILED);
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

    LOCK(use->file->lock);
    if (--v->users || v == use->file->current) {
        v = NULL;
    }
    forget(use->file, v);
    UNLOCK(use->file->lock);
    cors_version_drop(v);
    return APR_SUCCESS;
}

/* Under the lock. What was read at start may be days old: in a new process all
 * wait for the first look; later nobody waits for the one who looks. */
static void check(cors_file_t *file, request_rec *r)
{
    const apr_time_t now = apr_time_sec(apr_time_now());

    if (!file->checking && file->checked != now) {
        file->checking = 1;
        file->checked = now;
        UNLOCK(file->lock);
        look(file, r);
        LOCK(file->lock);
        file->checking = 0;
        file->is_checked = 1;
        WAKE(file->checked_once);
    }
    while (file->checking && !file->is_checked) {
        WAIT(file->checked_once, file->lock);
    }
}

cors_version_t *cors_file_current(cors_file_t *file, request_rec *r,
                                  const char **why)
{
    cors_version_t *v = NULL;
    use_t *use;

    LOCK(file->lock);
    check(file, r);
    if (file->failed) {
        *why = cors_list_error(file->failed, r->pool);
    }
    else if (!file->current) {
        *why = "no version of it was good, or complete, yet";
    }
    else if (file->is_stale) {
        *why = "the last good version of it was replaced before this process "
               "read it";
    }
    else {
        v = file->current;
        v->users++;
    }
    UNLOCK(file->lock);
    if (v) {
        use = apr_palloc(r->pool, sizeof(*use));
        use->file = file;
        use->version = v;
        apr_pool_cleanup_register(r->pool, use, release,
                                  apr_pool_cleanup_null);
    }
    return v;
}
