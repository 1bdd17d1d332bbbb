/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_file.c: versions of a list, one after another.
 */
#include "httpd/source_file.h"

#include <unistd.h>

#include "apr_strings.h"
#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"

#include "httpd/list_file.h"
#include "httpd/observe.h"
#include "httpd/registry.h"
#include "httpd/shared.h"
#include "httpd/sources.h"

APLOG_USE_MODULE(cors);

/* Until it has rested so long, somebody may still be writing to it. Clocks of
 * file systems are coarse: within this time one more change may leave no
 * sign. */
#define RESTED apr_time_from_sec(2)

/* If it has not rested for so long, that is worth a line. */
#define RESTLESS apr_time_from_sec(60)

/* Bad entries of a version that are told. */
#define TOLD_MOST 20

struct cors_file_t {
    const char *path;
    const unsigned *tolerate;
    const cors_where_t *credentials;    /* a line that switches them on where
                                           the list is used, or NULL */
    pid_t reader;                   /* of the configuration */
    volatile apr_uint32_t *latest;  /* shared by all processes: the number of
                                       the last good version that one of them
                                       read; 0: it is the start's */
#if APR_HAS_THREADS
    apr_thread_mutex_t *lock;       /* over the next ones */
    apr_thread_cond_t *checked_once;    /* by this process */
#endif
    cors_version_t *current;        /* NULL: there is no good one */
    apr_uint32_t number;            /* of current; 0: it is the start's */
    apr_status_t failed;            /* of the file itself */
    int is_stale;                   /* other processes had a later one, which
                                       cannot be read any more */
    int is_checked;                 /* by this process */
    apr_time_t checked;             /* in seconds */
    int checking;                   /* a thread does: it alone uses the rest */
    cors_stamp_t seen;              /* of the version read last, good or bad */
    cors_changed_t changed;         /* what it looked like last, */
    apr_time_t since;               /* since when, */
    apr_time_t restless;            /* and since when it is not that of seen;
                                       0: it is */
    int is_read;                    /* at start: */
    cors_reading_e outcome;
    cors_version_t *first;          /* good or bad */
};

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
        && apr_time_now() - reading.stamp.mtime > RESTED) {
        file->seen = reading.stamp;
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

/* ---- while requests are served ----------------------------------------- */

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
    if (file->changed.rested >= RESTED || is_stale(file)) {
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

static cors_version_t *current_version(cors_file_t *file, request_rec *r,
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
    v = current_version(file, r, &why);
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
