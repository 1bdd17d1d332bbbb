/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_file.c: is this all of the file, and is all of it good?
 */
#include "httpd/list_file.h"

#include <errno.h>

#include "apr_file_io.h"

#include "engine/list_text.h"

/* A million origins are 30 MiB. */
#define SIZE_MOST (256 * 1024 * 1024)

/* A last line without a newline may be half of one. */
#define TORN_FOR apr_time_from_sec(10)

static void stamp_of(cors_stamp_t *stamp, const apr_finfo_t *info)
{
    stamp->mtime = info->mtime;
    stamp->size = info->size;
    stamp->inode = info->inode;
    stamp->device = info->device;
}

int cors_stamp_is_same(const cors_stamp_t *a, const cors_stamp_t *b)
{
    return a->mtime == b->mtime && a->size == b->size && a->inode == b->inode
           && a->device == b->device;
}

apr_status_t cors_stamp_look(const char *path, cors_stamp_t *stamp, apr_pool_t *pool)
{
    apr_finfo_t info;
    apr_status_t status = apr_stat(&info, path, APR_FINFO_NORM, pool);

    /* With APR_FINFO_NORM some of it may be missing: not what is asked here. */
    if (status != APR_SUCCESS && status != APR_INCOMPLETE) {
        return status;
    }
    if (info.filetype != APR_REG) {
        return EISDIR;
    }
    stamp_of(stamp, &info);
    return info.size > SIZE_MOST ? EFBIG : APR_SUCCESS;
}

/* Sets *text to all that stands in the file, if nobody writes to it. */
static cors_reading_e read_text(cors_reading_t *reading, char **text)
{
    const char *path = reading->path;
    apr_pool_t *pool = reading->version->pool;
    apr_size_t size;
    cors_stamp_t after;
    apr_file_t *f;

    reading->failed = cors_stamp_look(path, &reading->stamp, pool);
    if (reading->failed == APR_SUCCESS) {
        reading->failed = apr_file_open(&f, path,
                                        APR_FOPEN_READ | APR_FOPEN_BINARY,
                                        APR_FPROT_OS_DEFAULT, pool);
    }
    if (reading->failed != APR_SUCCESS) {
        return CORS_READING_FAILED;
    }
    size = (apr_size_t)reading->stamp.size;
    *text = apr_palloc(pool, size + 1);
    reading->failed = apr_file_read_full(f, *text, size, NULL);
    apr_file_close(f);
    if (reading->failed == APR_EOF) {
        reading->failed = APR_SUCCESS;
        return CORS_READING_LATER;
    }
    if (reading->failed == APR_SUCCESS) {
        reading->failed = cors_stamp_look(path, &after, pool);
    }
    if (reading->failed != APR_SUCCESS) {
        return CORS_READING_FAILED;
    }
    (*text)[size] = '\0';
    return cors_stamp_is_same(&reading->stamp, &after) ? CORS_READING_GOOD : CORS_READING_LATER;
}

static int is_torn(const cors_reading_t *reading, const char *text)
{
    apr_size_t size = (apr_size_t)reading->stamp.size;

    return size && text[size - 1] != '\n'
           && apr_time_now() - reading->stamp.mtime < TORN_FOR;
}

static int has_fault(const cors_findings_t *findings)
{
    int i;

    for (i = 0; i < findings->list->nelts; i++) {
        const cors_finding_t *f = &APR_ARRAY_IDX(findings->list, i,
                                                 cors_finding_t);

        /* An update of the public suffix list takes no policy away. */
        if (f->is_error && !f->may_change) {
            return 1;
        }
    }
    return 0;
}

static cors_version_t *make_version(void)
{
    apr_pool_t *pool;
    cors_version_t *v;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    v = apr_pcalloc(pool, sizeof(*v));
    v->pool = pool;
    return v;
}

cors_reading_e cors_version_read(cors_reading_t *reading, const char *path,
                                 const unsigned *tolerate,
                                 const cors_where_t *credentials)
{
    static const cors_where_t nowhere;
    cors_reading_e outcome;
    cors_version_t *v = make_version();
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
    outcome = read_text(reading, &text);
    if (outcome != CORS_READING_GOOD) {
        return outcome;
    }
    if (is_torn(reading, text)) {
        return CORS_READING_LATER;
    }
    cors_list_text_read(v->list, path, text,
                        (apr_size_t)reading->stamp.size, v->findings);
    v->of_lines = v->findings->list->nelts;
    cors_origins_seal(v->list);
    cors_origins_report(v->list, credentials, v->findings);
    return has_fault(v->findings) ? CORS_READING_BAD : CORS_READING_GOOD;
}

void cors_version_drop(cors_version_t *v)
{
    if (v) {
        apr_pool_destroy(v->pool);
    }
}
