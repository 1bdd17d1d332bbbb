/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htaccess_text.c: from a file that anybody may have made to a text that
 * httpd's parser can be given without harm.
 */
#include "httpd/htaccess_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "engine/escape.h"

/* Nobody writes as much by hand; httpd would read it for each request. */
#define SIZE_MOST (256 * 1024)
/* httpd calls itself for each <IfModule> in another. */
#define NESTED_MOST 64

void cors_access_skip(cors_access_file_t *file, int line, const char *why, ...)
{
    cors_where_t where;
    va_list args;

    where.file = file->shown;
    where.line = line;
    va_start(args, why);
    cors_finding_add(file->findings, CORS_F_UNCHECKED, &where, NULL, "%s",
                     apr_pvsprintf(file->pool, why, args));
    va_end(args);
}

int cors_path_is_within(const char *path, const char *dir)
{
    apr_size_t len = strlen(dir);

    if (len == 1) {
        return *path == '/';
    }
    return !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

const char *cors_path_shown(apr_pool_t *pool, const char *path)
{
    char *out = apr_palloc(pool, strlen(path) * 4 + 1), *o = out;

    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;

        if (c >= 0x20 && c < 0x7f && c != '\\') {
            *o++ = *path;
        }
        else {
            o += apr_snprintf(o, 5, "\\x%02x", c);
        }
    }
    *o = '\0';
    return out;
}

/* ---- reading ----------------------------------------------------------- */

/* httpd follows a link here; this check only within the tree. */
static int open_link(cors_access_file_t *file, const char *name,
                     const char *root)
{
    const char *path = apr_pstrcat(file->pool, file->dir, name, NULL);
    char real[PATH_MAX];

    errno = 0;
    if (!realpath(path, real)) {
        return -1;
    }
    if (!cors_path_is_within(real, root)) {
        cors_access_skip(file, 0, "it is a symbolic link that leads out of the "
                         "tree");
        errno = 0;
        return -1;
    }
    return open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
                      | O_CLOEXEC);
}

static const char *read_all(cors_access_file_t *file, int fd,
                            const struct stat *st)
{
    char *text;
    apr_size_t len = 0;
    ssize_t n = 1;

    if (!S_ISREG(st->st_mode)) {
        cors_access_skip(file, 0, "it is no regular file, so httpd answers 403 "
                         "to every request for its directory");
        return NULL;
    }
    if (st->st_size > SIZE_MOST) {
        cors_access_skip(file, 0, "it is longer than %d KiB",
                         SIZE_MOST / 1024);
        return NULL;
    }
    /* What is being appended to it meanwhile counts the next time. */
    text = apr_palloc(file->pool, (apr_size_t)st->st_size + 1);
    while (len < (apr_size_t)st->st_size && n) {
        n = read(fd, text + len, (apr_size_t)st->st_size - len);
        if (n < 0) {
            cors_access_skip(file, 0, "it cannot be read: %s",
                             strerror(errno));
            return NULL;
        }
        len += (apr_size_t)n;
    }
    text[len] = '\0';
    if (memchr(text, '\0', len)) {
        cors_access_skip(file, 0, "it is no text");
        return NULL;
    }
    return text;
}

cors_access_e cors_access_read(cors_access_file_t *file, int dir,
                               const char *name, const char *root)
{
    struct stat st;
    int fd;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)) {
        return CORS_ACCESS_NONE;
    }
    if (S_ISLNK(st.st_mode)) {
        fd = open_link(file, name, root);
        if (fd < 0 && errno == ENOENT) {
            return CORS_ACCESS_NONE;
        }
    }
    else {
        /* Without O_NONBLOCK a FIFO would wait for its other end. */
        fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
                               | O_CLOEXEC);
    }
    if (fd < 0 || fstat(fd, &st)) {
        if (errno == ELOOP) {
            cors_access_skip(file, 0, "it is a loop of symbolic links");
        }
        else if (errno) {
            cors_access_skip(file, 0, "it cannot be read: %s",
                             strerror(errno));
        }
        return CORS_ACCESS_SKIPPED;
    }
    file->text = read_all(file, fd, &st);
    close(fd);
    return file->text ? CORS_ACCESS_READ : CORS_ACCESS_SKIPPED;
}

/* ---- lines ------------------------------------------------------------- */

/* As fgets does, which httpd's parser expects. */
static apr_status_t next_line(void *buf, apr_size_t size, void *param)
{
    const char **at = param;
    char *to = buf;

    if (!**at) {
        return APR_EOF;
    }
    while (size > 1 && **at) {
        size--;
        *to++ = *(*at)++;
        if (to[-1] == '\n') {
            break;
        }
    }
    *to = '\0';
    return APR_SUCCESS;
}

static apr_status_t close_nothing(void *param)
{
    (void)param;
    return APR_SUCCESS;
}

ap_configfile_t *cors_access_open(cors_access_file_t *file, const char *text)
{
    const char **at = apr_palloc(file->pool, sizeof(*at));

    *at = text;
    return ap_pcfg_open_custom(file->pool, file->shown, (void *)at, NULL,
                               next_line, close_nothing);
}

typedef struct condenser_t {
    cors_access_file_t *file;
    ap_configfile_t *from;
    char *end;                  /* of what is left */
    unsigned line;              /* how many lines that are */
    int nested;                 /* containers that are open */
    const char *dropped;        /* the container being left out, or NULL */
    int dropped_nested;         /* those of its name in it */
} condenser_t;

/* What only decides whether lines hold: that is carried out. */
static int is_condition(const char *name)
{
    static const char *const names[] = {
        "<IfModule", "<IfDefine", "<IfFile", "<IfDirective", "<IfSection",
        "<IfVersion"
    };
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcasecmp(name, names[i])) {
            return 1;
        }
    }
    return 0;
}

apr_array_header_t *cors_access_left_out(apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 16, sizeof(const char *));
    const command_rec *c;
    module *m;

    for (m = ap_top_module; m; m = m->next) {
        for (c = m->cmds; c && c->name; c++) {
            if ((c->req_override & EXEC_ON_READ) && !is_condition(c->name)) {
                APR_ARRAY_PUSH(names, const char *) = c->name;
            }
        }
    }
    return names;
}

static int is_left_out(const cors_access_file_t *file, const char *name)
{
    int i;

    for (i = 0; i < file->left_out->nelts; i++) {
        if (!strcasecmp(name, APR_ARRAY_IDX(file->left_out, i, const char *))) {
            return 1;
        }
    }
    return 0;
}

static void keep(condenser_t *c, const char *line)
{
    apr_size_t len = strlen(line);

    /* A continued line counts as its last. */
    while (c->line + 1 < c->from->line_number) {
        *c->end++ = '\n';
        c->line++;
    }
    memcpy(c->end, line, len);
    c->end += len;
    if (len && line[len - 1] == '\\') {
        /* It continued nothing before, and must not now. */
        *c->end++ = ' ';
    }
    *c->end++ = '\n';
    c->line++;
}

/* In a container that is left out: is this its end? */
static void leave_out(condenser_t *c, const char *name)
{
    if (!strcasecmp(name, c->dropped)) {
        c->dropped_nested++;
    }
    else if (name[0] == '<' && name[1] == '/'
             && !strcasecmp(name + 2, c->dropped + 1)
             && c->dropped_nested-- == 0) {
        c->dropped = NULL;
    }
}

static void condense_line(condenser_t *c, const char *line)
{
    const char *args = line;
    char *name = ap_getword_conf(c->file->pool, &args);
    apr_size_t len = strlen(name);
    int opens = (name[0] == '<' && name[1] != '/');

    if (len && name[len - 1] == '>') {
        name[--len] = '\0';
    }
    if (c->dropped) {
        leave_out(c, name);
    }
    else if (!strncasecmp(name, "CORS", 4)
             || !strncasecmp(name, "<CORS", 5)) {
        c->file->has_lines = 1;
        c->nested += opens;
        keep(c, line);
    }
    else if (is_left_out(c->file, name)) {
        cors_access_skip(c->file, (int)c->from->line_number,
                         "%s%s would change the server that checks",
                         cors_escape(c->file->pool, name, len),
                         opens ? ">" : "");
        c->dropped = opens ? name : NULL;
        c->dropped_nested = 0;
    }
    else if (name[0] == '<') {
        c->nested += opens ? 1 : -1;
        keep(c, line);
    }
}

const char *cors_access_condense(cors_access_file_t *file)
{
    const int found = file->findings->list->nelts;
    char line[HUGE_STRING_LEN], *text;
    condenser_t c = {0};
    apr_status_t rc;

    /* Each line may grow by a blank. */
    text = c.end = apr_palloc(file->pool, strlen(file->text) * 2 + 4);
    c.file = file;
    c.from = cors_access_open(file, file->text);
    while ((rc = ap_cfg_getline(line, sizeof(line), c.from)) == APR_SUCCESS) {
        condense_line(&c, line);
        if (c.nested > NESTED_MOST) {
            cors_access_skip(file, (int)c.from->line_number,
                             "more than %d sections stand in each other",
                             NESTED_MOST);
            return NULL;
        }
    }
    *c.end = '\0';
    if (rc != APR_EOF) {
        cors_access_skip(file, (int)c.from->line_number,
                         "the line is longer than %d bytes, which httpd "
                         "answers with 500", HUGE_STRING_LEN - 1);
        return NULL;
    }
    if (!file->has_lines) {
        /* Then nothing is missed. */
        file->findings->list->nelts = found;
        return NULL;
    }
    return text;
}
