/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_file.c: is this all of the file, and is all of it good?
 */
#include "httpd/list_file.h"

#include "apr_file_io.h"
#include "apr_strings.h"

#include "engine/hash.h"
#include "engine/list_text.h"

/* A million origins are 30 MiB. */
#define SIZE_MOST (256 * 1024 * 1024)

/* A last line without a newline may be half of one, and a file without a line
 * one that is about to be written. */
#define TORN_FOR apr_time_from_sec(10)

/* Of ours, where errno has no word for it. */
#define NO_ORDINARY_FILE (APR_OS_START_USERERR + 1)
#define TOO_LONG (APR_OS_START_USERERR + 2)

int cors_stamp_is_same(const cors_stamp_t *a, const cors_stamp_t *b)
{
    return a->mtime == b->mtime && a->ctime == b->ctime && a->size == b->size
           && a->inode == b->inode && a->device == b->device;
}

apr_uint32_t cors_stamp_number(const cors_stamp_t *stamp)
{
    const apr_int64_t parts[] = {
        stamp->mtime, stamp->ctime, stamp->size, (apr_int64_t)stamp->inode
    };
    apr_ssize_t len = sizeof(parts);

    return cors_hash_key((const char *)parts, &len) | 1;
}

const char *cors_list_error(apr_status_t failed, apr_pool_t *pool)
{
    if (APR_STATUS_IS_ENOENT(failed)) {
        return "there is no such file: write it, empty where nobody is listed "
               "yet";
    }
    if (APR_STATUS_IS_EACCES(failed)) {
        return "it cannot be read: give httpd's User the right to";
    }
    if (failed == NO_ORDINARY_FILE) {
        return "it is no ordinary file: write the path of a text file";
    }
    if (failed == TOO_LONG) {
        return "it is longer than 256 MiB: shorten it";
    }
    return apr_psprintf(pool, "%pm", &failed);
}

static apr_status_t stamp_of(cors_stamp_t *stamp, const apr_finfo_t *info,
                             apr_status_t status)
{
    /* With APR_FINFO_NORM some of it may be missing: not what is asked here. */
    if (status != APR_SUCCESS && status != APR_INCOMPLETE) {
        return status;
    }
    if (info->filetype != APR_REG) {
        return NO_ORDINARY_FILE;
    }
    stamp->mtime = info->mtime;
    stamp->ctime = info->ctime;
    stamp->size = info->size;
    stamp->inode = info->inode;
    stamp->device = info->device;
    return info->size > SIZE_MOST ? TOO_LONG : APR_SUCCESS;
}

apr_status_t cors_stamp_look(const char *path, cors_stamp_t *stamp,
                             apr_pool_t *pool)
{
    apr_finfo_t info;

    return stamp_of(stamp, &info, apr_stat(&info, path, APR_FINFO_NORM, pool));
}

static apr_status_t look_again(apr_file_t *f, cors_stamp_t *stamp)
{
    apr_finfo_t info;

    return stamp_of(stamp, &info, apr_file_info_get(&info, APR_FINFO_NORM, f));
}

/* Sets *text to all that stands in the open file, if nobody writes to it. */
static cors_reading_e read_open(cors_reading_t *reading, apr_file_t *f,
                                const cors_changed_t *changed, char **text)
{
    cors_stamp_t after;
    apr_size_t size;

    reading->failed = look_again(f, &reading->stamp);
    if (reading->failed != APR_SUCCESS) {
        return CORS_READING_FAILED;
    }
    if (changed && !cors_stamp_is_same(&reading->stamp, &changed->stamp)) {
        return CORS_READING_LATER;
    }
    size = (apr_size_t)reading->stamp.size;
    *text = apr_palloc(reading->version->pool, size + 1);
    (*text)[size] = '\0';
    reading->failed = apr_file_read_full(f, *text, size, NULL);
    if (reading->failed == APR_EOF) {
        /* Somebody cut it. */
        reading->failed = APR_SUCCESS;
        return CORS_READING_LATER;
    }
    if (reading->failed == APR_SUCCESS) {
        reading->failed = look_again(f, &after);
    }
    if (reading->failed != APR_SUCCESS) {
        return CORS_READING_FAILED;
    }
    return cors_stamp_is_same(&reading->stamp, &after) ? CORS_READING_GOOD
                                                       : CORS_READING_LATER;
}

static apr_status_t open_list(apr_file_t **f, const char *path,
                              apr_pool_t *pool)
{
    return apr_file_open(f, path, APR_FOPEN_READ | APR_FOPEN_BINARY
                                      | APR_FOPEN_NONBLOCK,
                         APR_FPROT_OS_DEFAULT, pool);
}

apr_status_t cors_list_open(const char *path, apr_pool_t *pool)
{
    apr_file_t *f;
    apr_status_t status = open_list(&f, path, pool);

    if (status == APR_SUCCESS) {
        apr_file_close(f);
    }
    return status;
}

static cors_reading_e read_text(cors_reading_t *reading,
                                const cors_changed_t *changed, char **text)
{
    const char *path = reading->path;
    apr_pool_t *pool = reading->version->pool;
    cors_reading_e outcome;
    apr_file_t *f;

    /* To open what is no file may block, or do something. What comes to stand
     * there in between does not block either. */
    reading->failed = cors_stamp_look(path, &reading->stamp, pool);
    if (reading->failed == APR_SUCCESS) {
        reading->failed = open_list(&f, path, pool);
    }
    if (reading->failed != APR_SUCCESS) {
        return CORS_READING_FAILED;
    }
    outcome = read_open(reading, f, changed, text);
    apr_file_close(f);
    return outcome;
}

static int is_torn(const cors_reading_t *reading,
                   const cors_changed_t *changed, const char *text)
{
    apr_size_t size = (apr_size_t)reading->stamp.size;
    apr_time_t rested = changed ? changed->rested
                                : apr_time_now() - reading->stamp.mtime;

    /* At a start nothing holds before it, so nothing is lost by its absence. */
    return (size ? text[size - 1] != '\n' : changed != NULL)
           && rested < TORN_FOR;
}

/* Whether anything says that not all of it may be used. Nobody has accepted
 * yet what an update of the public suffix list made of a version read later. */
static int is_bad(const cors_version_t *v, const cors_where_t *credentials)
{
    return v->findings->errors || v->list->fault.id
           || (credentials
               && (v->list->with_credentials.id || v->list->by_update.id));
}

static cors_version_t *make_version(void)
{
    apr_pool_t *pool;
    cors_version_t *v;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, "cors_list");
    v = apr_pcalloc(pool, sizeof(*v));
    v->pool = pool;
    return v;
}

cors_reading_e cors_version_read(cors_reading_t *reading, const char *path,
                                 const unsigned *tolerate,
                                 const cors_changed_t *changed)
{
    static const cors_where_t nowhere = {"list", 0};
    const cors_where_t *credentials = changed ? changed->credentials : NULL;
    cors_version_t *v = make_version();
    cors_reading_e outcome;
    char *text = NULL;

    memset(reading, 0, sizeof(*reading));
    reading->path = path;
    reading->version = v;
    if (!v) {
        reading->failed = APR_ENOMEM;
        return CORS_READING_FAILED;
    }
    v->list = cors_origins_make(v->pool, &nowhere, tolerate, 0);
    v->findings = cors_findings_make(v->pool);
    v->findings->most = CORS_LIST_FINDINGS;
    outcome = read_text(reading, changed, &text);
    if (outcome != CORS_READING_GOOD) {
        return outcome;
    }
    if (is_torn(reading, changed, text)) {
        return CORS_READING_LATER;
    }
    cors_list_text_read(v->list, path, text,
                        (apr_size_t)reading->stamp.size, v->findings);
    v->of_lines = v->findings->list->nelts;
    cors_origins_seal(v->list);
    if (!is_bad(v, credentials)) {
        return CORS_READING_GOOD;
    }
    cors_origins_report(v->list, credentials, v->findings);
    return CORS_READING_BAD;
}

void cors_version_drop(cors_version_t *v)
{
    if (v) {
        apr_pool_destroy(v->pool);
    }
}
