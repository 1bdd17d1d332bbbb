/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_cache.c: the directive, the shared cache's life, and the two places
 * where an answer is kept.
 */
#include "httpd/source_cache.h"

#include "ap_provider.h"
#include "ap_socache.h"
#include "apr_sha1.h"
#include "apr_strings.h"
#include "util_mutex.h"

#include "engine/hash.h"
#include "httpd/directives.h"
#include "httpd/observe.h"
#include "httpd/patience.h"
#include "httpd/shared.h"

APLOG_USE_MODULE(cors);

#define CACHE_ID "cors-source"
#define POSITIVE 60
#define NEGATIVE 10

/* A revoked origin stays allowed for so long. */
#define KEPT_MOST 86400

/* One word each: the upper half is the question's tag, the lower the second in
 * which it expires. */
#define SLOTS 4096

/* Milliseconds that a call may take: within a network it takes one or two, some
 * hundred while a cache saves what it has. And the threads of a process that may
 * find out that it does not come back. */
#define TOO_LONG 1000
#define OUT_MOST 8

/* Expiry, version, question, server and origin. */
#define VALUE_MOST 2048

static struct {
    const ap_socache_provider_t *provider;  /* NULL: no cache */
    ap_socache_instance_t *instance;
    apr_global_mutex_t *mutex;      /* NULL: the provider has its own */
    apr_int64_t positive;           /* seconds */
    apr_int64_t negative;
    int is_set;                     /* the directive stood there */
    int is_open;
    volatile apr_uint64_t *unknown; /* SLOTS of them */
    cors_patient_t patient;         /* where there is no mutex */
} cache;

/* ---- the directive ----------------------------------------------------- */

static const char *read_duration(cmd_parms *cmd, const char *arg,
                                 apr_int64_t *seconds)
{
    if (!arg) {
        return NULL;
    }
    *seconds = cors_read_seconds(arg);
    if (*seconds >= 0 && *seconds <= KEPT_MOST) {
        return NULL;
    }
    return apr_psprintf(cmd->pool, "CORSSourceCache: \"%s\" is no duration of "
                        "at most a day: write seconds, or a duration such as "
                        "5min", arg);
}

/* Of a list of HOST:PORT, one whose port cannot be: the provider finds that out
 * only when it is opened. */
static const char *find_bad_port(cmd_parms *cmd, const char *list)
{
    char *rest, *one = apr_strtok(apr_pstrdup(cmd->temp_pool, list), ", ",
                                  &rest);

    for (; one; one = apr_strtok(NULL, ", ", &rest)) {
        const char *colon = strrchr(one, ':');
        apr_int64_t port;
        char *end;

        if (!colon || strchr(colon, ']')) {
            continue;
        }
        port = apr_strtoi64(colon + 1, &end, 10);
        if (*end || end == colon + 1 || port < 1 || port > 65535) {
            return one;
        }
    }
    return NULL;
}

static const char *make_instance(cmd_parms *cmd, const char *arg)
{
    const char *colon = strchr(arg, ':');
    const char *name = colon ? apr_pstrmemdup(cmd->pool, arg,
                                              (apr_size_t)(colon - arg))
                             : arg;
    const int is_remote = !strcmp(name, "redis") || !strcmp(name, "memcache");
    const char *error;

    cache.provider = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name,
                                        AP_SOCACHE_PROVIDER_VERSION);
    if (!cache.provider) {
        return apr_psprintf(cmd->pool, "CORSSourceCache: there is no cache "
                            "\"%s\": write shmcb, redis:HOST:PORT or "
                            "memcache:HOST:PORT, and load its module, "
                            "mod_socache_shmcb, mod_socache_redis or "
                            "mod_socache_memcache", name);
    }
    error = cache.provider->create(&cache.instance, colon ? colon + 1 : NULL,
                                   cmd->temp_pool, cmd->pool);
    if (error) {
        return apr_psprintf(cmd->pool, "CORSSourceCache %s: %s%s%s%s", arg,
                            error, is_remote ? "; write " : "",
                            is_remote ? name : "",
                            is_remote ? ":HOST:PORT" : "");
    }
    error = is_remote && colon ? find_bad_port(cmd, colon + 1) : NULL;
    return error ? apr_psprintf(cmd->pool, "CORSSourceCache %s: \"%s\" has no "
                                "port that can be: write %s:HOST:PORT, with a "
                                "port from 1 to 65535", arg, error, name)
                 : NULL;
}

const char *cors_set_source_cache(cmd_parms *cmd, void *dir,
                                  const char *provider, const char *positive,
                                  const char *negative)
{
    const char *error;

    (void)dir;
    if (ap_check_cmd_context(cmd, GLOBAL_ONLY)) {
        return "CORSSourceCache holds for the whole server: write it outside "
               "of all sections and virtual hosts";
    }
    if (cache.is_set) {
        return "CORSSourceCache stands twice: write it once, for all "
               "databases";
    }
    cache.is_set = 1;
    if ((error = read_duration(cmd, positive, &cache.positive)) != NULL
        || (error = read_duration(cmd, negative, &cache.negative)) != NULL) {
        return error;
    }
    return strcasecmp(provider, "none") ? make_instance(cmd, provider) : NULL;
}

/* ---- its life ---------------------------------------------------------- */

int cors_source_cache_reset(apr_pool_t *pconf)
{
    memset(&cache, 0, sizeof(cache));
    cache.positive = POSITIVE;
    cache.negative = NEGATIVE;
    return ap_mutex_register(pconf, CACHE_ID, NULL, APR_LOCK_DEFAULT, 0)
               == APR_SUCCESS
               ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t close_cache(void *data)
{
    cache.is_open = 0;
    cache.provider->destroy(cache.instance, data);
    return APR_SUCCESS;
}

static apr_status_t open_cache(apr_pool_t *pconf, server_rec *s)
{
    struct ap_socache_hints hints = {sizeof(((cors_cached_t *)0)->key), 128, 0};
    apr_status_t status;

    hints.expiry_interval = apr_time_from_sec(cache.positive);
    if (cache.provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) {
        status = ap_global_mutex_create(&cache.mutex, NULL, CACHE_ID, NULL, s,
                                        pconf, 0);
        if (status != APR_SUCCESS) {
            return status;
        }
    }
    return cache.provider->init(cache.instance, CACHE_ID, &hints, s, pconf);
}

void cors_source_cache_open(apr_pool_t *pconf, server_rec *s)
{
    apr_status_t status;

    if (!cache.provider) {
        return;
    }
    cache.unknown = cors_shared("unknown", SLOTS * sizeof(*cache.unknown), s);
    cache.patient.shared = cors_shared("patience", sizeof(cors_patience_t), s);
    memset(cache.patient.shared, 0, sizeof(cors_patience_t));
    cache.patient.too_long = TOO_LONG;
    cache.patient.most = OUT_MOST;
    status = open_cache(pconf, s);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, s, "CORSSourceCache cannot "
                     "be opened: each request asks the database");
        return;
    }
    cache.is_open = 1;
    apr_pool_cleanup_register(pconf, s, close_cache, apr_pool_cleanup_null);
}

void cors_source_cache_child(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t status;

    if (!cache.is_open || !cache.mutex) {
        return;
    }
    status = apr_global_mutex_child_init(
        &cache.mutex, apr_global_mutex_lockfile(cache.mutex), pchild);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, s, "CORSSourceCache: this "
                     "process cannot use it, and asks the database");
        cache.is_open = 0;
    }
}

/* Whether it may be asked: by one at a time, or as long as it answers. A
 * provider of mod_socache that waits for the network may do so for ever. */
static int enter(apr_uint32_t *ticket, request_rec *r)
{
    static const cors_where_t here = {"CORSSourceCache", 0};

    if (cache.mutex) {
        return apr_global_mutex_lock(cache.mutex) == APR_SUCCESS;
    }
    *ticket = cors_patience_begin(&cache.patient);
    if (!*ticket && cors_patience_is_over(&cache.patient)
        && cors_observe_is_due(&here, NULL, r->request_time)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "CORSSourceCache does not "
                      "answer in time: the database is asked without it, and "
                      "it is tried again in twenty seconds or later");
    }
    return *ticket != 0;
}

static void leave(apr_uint32_t ticket)
{
    if (cache.mutex) {
        apr_global_mutex_unlock(cache.mutex);
    }
    else {
        cors_patience_end(&cache.patient, ticket);
    }
}

/* ---- who is not allowed ------------------------------------------------ */

/* Nobody outside knows the hash's secret: no origin can be made to take the
 * slot of another, nor to pass for it. */
static volatile apr_uint64_t *find_slot(const cors_cached_t *cached,
                                        apr_uint64_t *tag)
{
    char key[sizeof(cached->key) + 1];
    apr_ssize_t len = sizeof(key);
    unsigned int slot;

    memcpy(key + 1, cached->key, sizeof(cached->key));
    key[0] = 's';
    slot = cors_hash_key(key, &len) % SLOTS;
    key[0] = 't';
    len = sizeof(key);
    *tag = (apr_uint64_t)cors_hash_key(key, &len) << 32;
    return cache.unknown + slot;
}

/* Not for longer than from now on: a clock may have been set back. */
static int is_live(apr_int64_t expiry, apr_int64_t most)
{
    apr_int64_t now = apr_time_sec(apr_time_now());

    return expiry > now && expiry <= now + most;
}

static int is_unknown(const cors_cached_t *cached)
{
    apr_uint64_t tag, word = CORS_ATOMIC_READ(find_slot(cached, &tag));

    return word >> 32 == tag >> 32
           && is_live((apr_int64_t)(word & 0xffffffff), cache.negative);
}

static void keep_unknown(const cors_cached_t *cached)
{
    apr_uint64_t tag;
    volatile apr_uint64_t *slot = find_slot(cached, &tag);

    CORS_ATOMIC_SET(slot, tag | ((apr_uint64_t)(apr_time_sec(apr_time_now())
                                                + cache.negative)
                                 & 0xffffffff));
}

/* ---- who is allowed ---------------------------------------------------- */

/* A value is the second of its expiry, a blank, and the question whole: what
 * another question, or another program, has put there allows nobody. */
static int is_known(const cors_cached_t *cached, request_rec *r)
{
    unsigned char value[VALUE_MOST + 1];
    unsigned int len = VALUE_MOST;
    apr_status_t status;
    apr_int64_t expiry;
    apr_uint32_t ticket;
    char *end;

    if (!enter(&ticket, r)) {
        return 0;
    }
    status = cache.provider->retrieve(cache.instance, r->server, cached->key,
                                      sizeof(cached->key), value, &len,
                                      r->pool);
    leave(ticket);
    if (status != APR_SUCCESS || len > VALUE_MOST) {
        return 0;
    }
    value[len] = '\0';
    expiry = apr_strtoi64((char *)value, &end, 10);
    return *end == ' '
           && (char *)value + len - (end + 1) == (apr_ssize_t)cached->len
           && !memcmp(end + 1, cached->text, cached->len)
           && is_live(expiry, cache.positive);
}

static void keep_known(const cors_cached_t *cached, request_rec *r)
{
    apr_time_t now = apr_time_now();
    char value[VALUE_MOST];
    apr_uint32_t ticket;
    int n = apr_snprintf(value, sizeof(value), "%" APR_INT64_T_FMT " ",
                         apr_time_sec(now) + cache.positive);

    if (n + cached->len > sizeof(value) || !enter(&ticket, r)) {
        return;
    }
    memcpy(value + n, cached->text, cached->len);
    /* A failing cache is not a failing source. */
    cache.provider->store(cache.instance, r->server, cached->key,
                          sizeof(cached->key),
                          now + apr_time_from_sec(cache.positive),
                          (unsigned char *)value, n + (unsigned)cached->len,
                          r->pool);
    leave(ticket);
}

/* ---- a question -------------------------------------------------------- */

/* The port, because virtual hosts of one name may have databases of their
 * own. */
static void fill(cors_cached_t *cached, const request_rec *r,
                 const char *question, const char *origin)
{
    apr_sha1_ctx_t sha;

    cached->text = apr_psprintf(r->pool, "2 %s\n%s:%u\n%s", question,
                                r->server->server_hostname,
                                r->server->addrs
                                    ? (unsigned)r->server->addrs->host_port : 0,
                                origin);
    cached->len = strlen(cached->text);
    apr_sha1_init(&sha);
    apr_sha1_update_binary(&sha, (const unsigned char *)cached->text,
                           (unsigned)cached->len);
    apr_sha1_final(cached->key, &sha);
}

int cors_source_cache_get(cors_cached_t *cached, request_rec *r,
                          const char *question, const char *origin,
                          int *allowed)
{
    if (!cache.is_open) {
        return 0;
    }
    fill(cached, r, question, origin);
    if (is_unknown(cached)) {
        *allowed = 0;
        return 1;
    }
    if (is_known(cached, r)) {
        *allowed = 1;
        return 1;
    }
    return 0;
}

void cors_source_cache_put(const cors_cached_t *cached, request_rec *r,
                           int allowed)
{
    if (!cache.is_open) {
        return;
    }
    if (!allowed) {
        keep_unknown(cached);
    }
    else if (cache.positive) {
        keep_known(cached, r);
    }
}
