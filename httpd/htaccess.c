/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htaccess.c: walks the trees where httpd reads .htaccess files.
 *
 * A tree may be anybody's, while this runs as root: every directory is opened
 * below the one before, never through a symbolic link, so that nobody can lead
 * the walk away by moving things about.
 */
#include "httpd/htaccess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_hash.h"
#include "apr_strings.h"
#include "http_core.h"

#include "httpd/htaccess_dirs.h"
#include "httpd/registry.h"

/* Each level holds a directory open. */
#define DEPTH_MOST 128
/* Directories between two signs of life. */
#define PROGRESS 1000

typedef struct walk_t {
    const cors_scope_t *scope;
    apr_hash_t *document_roots; /* of all servers */
    apr_hash_t *pending;        /* roots that were not walked yet */
    apr_hash_t *told;           /* findings: one shows in many directories */
    const apr_array_header_t *left_out;
    const char *root;           /* of this tree */
    const char *real;           /* its real path, no slash at the end */
    int errors;
    int directories;
    int files;                  /* with a line of ours */
    int is_terminal;
} walk_t;

/* ---- findings ---------------------------------------------------------- */

/* Returns 0 where that was told before. */
static int is_news(walk_t *w, const cors_finding_t *f)
{
    apr_pool_t *pool = apr_hash_pool_get(w->told);
    const char *key = apr_pstrcat(pool, cors_place(pool, &f->where), " ",
                                  cors_place(pool, &f->other), " ", f->text,
                                  NULL);

    if (apr_hash_get(w->told, key, APR_HASH_KEY_STRING)) {
        return 0;
    }
    apr_hash_set(w->told, key, APR_HASH_KEY_STRING, key);
    return 1;
}

static void tell(walk_t *w, const cors_findings_t *found)
{
    int i;

    for (i = 0; i < found->list->nelts; i++) {
        const cors_finding_t *f = &APR_ARRAY_IDX(found->list, i,
                                                 cors_finding_t);

        if (is_news(w, f)) {
            w->errors += cors_registry_add_finding(f);
        }
    }
}

/* What the server's own configuration has told. */
static void note_told(walk_t *w, const cors_findings_t *found)
{
    int i;

    for (i = 0; i < found->list->nelts; i++) {
        is_news(w, &APR_ARRAY_IDX(found->list, i, cors_finding_t));
    }
}

/* Something that is no file of ours. */
static void skip(walk_t *w, const char *path, const char *why,
                 apr_pool_t *pool)
{
    cors_access_file_t nothing = {0};

    nothing.pool = pool;
    nothing.findings = cors_findings_make(pool);
    nothing.shown = cors_path_shown(pool, path);
    cors_access_skip(&nothing, 0, "%s", why);
    tell(w, nothing.findings);
}

/* ---- one directory ----------------------------------------------------- */

/* The first of the names that is there counts, as for httpd. */
static void check_files(walk_t *w, cors_dir_t *dir, int fd, const char *path,
                        apr_pool_t *pool)
{
    const char *names = w->scope->access_names;
    cors_access_e there = CORS_ACCESS_NONE;
    cors_access_file_t file = {0};

    file.pool = pool;
    file.server = w->scope->server;
    file.dir = path;
    file.left_out = w->left_out;
    file.findings = cors_findings_make(pool);
    while (*names && there == CORS_ACCESS_NONE) {
        const char *name = ap_getword_conf(pool, &names);

        file.shown = cors_path_shown(pool, apr_pstrcat(pool, path, name,
                                                       NULL));
        there = cors_access_read(&file, fd, name, w->real);
    }
    if (there == CORS_ACCESS_READ) {
        const cors_settings_t *own = cors_access_check(&file, dir);

        if (own) {
            dir->merged = cors_settings_merge(pool, dir->merged, own);
        }
        w->files += file.has_lines;
    }
    tell(w, file.findings);
}

static void progress(walk_t *w)
{
    if (++w->directories % PROGRESS == 0 && w->is_terminal) {
        fprintf(stderr, "\rCORS: directories: %d, files with CORS lines: %d",
                w->directories, w->files);
        fflush(stderr);
    }
}

/* ---- trees ------------------------------------------------------------- */

static const char *real_path(const walk_t *w, const char *path,
                             apr_pool_t *pool)
{
    const char *below = path + strlen(w->root);
    char *real = apr_pstrcat(pool, w->real, "/", below, NULL);
    apr_size_t len = strlen(real);

    while (len > 1 && real[len - 1] == '/') {
        real[--len] = '\0';
    }
    return real;
}

/* A link is never followed. Where it hides directories that httpd would read,
 * say so; those of this tree are looked at under their own name. */
static void look_at_link(walk_t *w, int fd, const char *path,
                         const char *name, apr_pool_t *pool)
{
    const char *link = apr_pstrcat(pool, path, name, NULL);
    char real[PATH_MAX];
    struct stat st;

    if (fstatat(fd, name, &st, 0)) {
        if (errno == ELOOP) {
            skip(w, link, "it is a loop of symbolic links", pool);
        }
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        return;
    }
    if (!realpath(link, real) || !cors_path_is_within(real, w->real)) {
        skip(w, link, "it is a symbolic link that leads out of the tree",
             pool);
    }
    else if (cors_path_is_within(real_path(w, path, pool), real)) {
        skip(w, link, "it is a symbolic link to a directory above it", pool);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The directories in a directory; the links are dealt with. */
static apr_array_header_t *list(walk_t *w, DIR *dir, int fd, const char *path,
                                apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 8, sizeof(const char *));
    const struct dirent *e;
    struct stat st;
    mode_t type;

    while ((e = readdir(dir)) != NULL) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")
            || fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW)) {
            continue;
        }
        type = st.st_mode & S_IFMT;
        if (type == S_IFLNK) {
            look_at_link(w, fd, path, e->d_name, pool);
        }
        else if (type == S_IFDIR) {
            APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(pool,
                                                              e->d_name);
        }
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), by_name);
    return names;
}

/* Another server's document root: looked at with what holds there, not here,
 * where its named policies may be unknown. */
static int is_others(const walk_t *w, const char *path)
{
    return apr_hash_get(w->document_roots, path, APR_HASH_KEY_STRING)
           && !cors_scope_serves(w->scope, path);
}

static void walk(walk_t *w, cors_dir_t dir, int fd, const char *path,
                 int depth, apr_pool_t *pool);

/* A directory in one that is open; dir: what holds above it. */
static void step_into(walk_t *w, cors_dir_t dir, int above, const char *path,
                      const char *name, int depth, apr_pool_t *pool)
{
    int fd;

    if (is_others(w, path)) {
        return;
    }
    cors_dir_enter(&dir, w->scope, path, pool);
    if (!cors_dir_reads_files(&dir)) {
        return;
    }
    if (depth > DEPTH_MOST) {
        skip(w, path, "it lies too deep in the tree", pool);
        return;
    }
    fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK
                             | O_CLOEXEC);
    if (fd >= 0) {
        walk(w, dir, fd, path, depth, pool);
    }
    else if (errno != ENOENT && errno != ELOOP && errno != ENOTDIR) {
        skip(w, path, apr_psprintf(pool, "it cannot be read: %s",
                                   strerror(errno)), pool);
    }
}

/* A directory and all below it. Closes fd. */
static void walk(walk_t *w, cors_dir_t dir, int fd, const char *path,
                 int depth, apr_pool_t *pool)
{
    const apr_array_header_t *names;
    apr_pool_t *sub;
    DIR *stream;
    int i;

    progress(w);
    apr_hash_set(w->pending, path, APR_HASH_KEY_STRING, NULL);
    check_files(w, &dir, fd, path, pool);
    stream = fdopendir(fd);
    if (!stream) {
        close(fd);
        return;
    }
    names = list(w, stream, fd, path, pool);
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        apr_pool_create(&sub, pool);
        step_into(w, dir, fd, apr_pstrcat(sub, path, name, "/", NULL), name,
                  depth + 1, sub);
        apr_pool_destroy(sub);
    }
    closedir(stream);
}

/* ---- roots ------------------------------------------------------------- */

/* What holds above a root, from the top of the file system down. */
static void enter_above(walk_t *w, cors_dir_t *dir, apr_pool_t *pool)
{
    const char *slash;
    const int files = w->files;
    char real[PATH_MAX];
    int fd;

    for (slash = w->root; slash[1]; slash = strchr(slash + 1, '/')) {
        const char *path = apr_pstrmemdup(pool, w->root,
                                          (apr_size_t)(slash - w->root) + 1);

        cors_dir_enter(dir, w->scope, path, pool);
        if (!cors_dir_reads_files(dir) || !realpath(path, real)) {
            continue;
        }
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0) {
            w->real = real;
            check_files(w, dir, fd, path, pool);
            close(fd);
        }
    }
    w->files = files;
}

static void walk_root(walk_t *w, const char *root, apr_pool_t *pool)
{
    cors_dir_t dir = w->scope->level;
    char real[PATH_MAX];
    int fd;

    w->root = root;
    enter_above(w, &dir, pool);
    cors_dir_enter(&dir, w->scope, root, pool);
    if (!cors_dir_reads_files(&dir)) {
        return;
    }
    if (!strcmp(root, "/")) {
        skip(w, root, "overrides are allowed in the whole file system, of "
             "which only document roots and the directories of other sections "
             "are looked at", pool);
        return;
    }
    /* The administrator's own path may go through links. */
    fd = open(root, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || !realpath(root, real)) {
        if (errno != ENOENT) {
            skip(w, root, apr_psprintf(pool, "it cannot be read: %s",
                                       strerror(errno)), pool);
        }
        return;
    }
    w->real = real;
    walk(w, dir, fd, root, 1, pool);
}

static void set_paths(apr_hash_t *to, const apr_array_header_t *paths)
{
    int i;

    for (i = 0; i < paths->nelts; i++) {
        const char *path = APR_ARRAY_IDX(paths, i, const char *);

        apr_hash_set(to, path, APR_HASH_KEY_STRING, path);
    }
}

static void walk_scope(walk_t *w, const cors_scope_t *main, apr_pool_t *pool)
{
    const apr_array_header_t *roots =
        cors_scope_roots(w->scope, w->scope == main ? NULL : main, pool);
    int i;

    w->pending = apr_hash_make(pool);
    set_paths(w->pending, roots);
    for (i = 0; i < roots->nelts; i++) {
        const char *root = APR_ARRAY_IDX(roots, i, const char *);
        apr_pool_t *sub;

        /* A walk through the directory above it may have passed. */
        if (apr_hash_get(w->pending, root, APR_HASH_KEY_STRING)
            && !is_others(w, root)) {
            apr_hash_set(w->pending, root, APR_HASH_KEY_STRING, NULL);
            apr_pool_create(&sub, pool);
            walk_root(w, root, sub);
            apr_pool_destroy(sub);
        }
    }
}

int cors_htaccess_check(server_rec *servers, apr_pool_t *pool)
{
    const apr_array_header_t *scopes;
    const cors_scope_t *first;
    walk_t w = {0};
    int i;

    if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST
        || !ap_exists_config_define("CHECK_CORS_HTACCESS")) {
        return 0;
    }
    w.told = apr_hash_make(pool);
    note_told(&w, cors_registry_findings());
    w.left_out = cors_access_left_out(pool);
    w.is_terminal = isatty(STDERR_FILENO);
    w.document_roots = apr_hash_make(pool);
    scopes = cors_scopes_make(servers, pool);
    first = &APR_ARRAY_IDX(scopes, 0, cors_scope_t);
    for (i = 0; i < scopes->nelts; i++) {
        set_paths(w.document_roots, first[i].document_roots);
    }
    for (i = 0; i < scopes->nelts; i++) {
        w.scope = &first[i];
        walk_scope(&w, first, pool);
    }
    fprintf(stderr, "%sCORS: directories looked at for .htaccess: %d, files "
            "with CORS lines: %d\n",
            w.directories >= PROGRESS && w.is_terminal ? "\r\033[K" : "",
            w.directories, w.files);
    return w.errors;
}
