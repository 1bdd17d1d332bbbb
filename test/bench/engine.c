/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c: nanoseconds of a decision with its headers written, and what a
 * million origins need. Prints one JSON object a line: what, figure, unit,
 * goal (null: none). test/bench/report.py makes a table of them.
 *
 *     test/bench/engine [PASSES [TEXT]]
 *
 * With TEXT, one request's name: only that, for a profiler.
 * Each figure is the best of many short rounds, in processor time, and all
 * requests take turns: what else the machine does only ever adds to a figure,
 * and seldom to all rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apr_general.h"
#include "apr_strings.h"

#include "engine/decision.h"
#include "engine/respond.h"

#define MILLION 1000000
#define TIMES 2000          /* requests of one round */
#define ROUNDS 25           /* of one pass */
#define MOST_CASES 64
#define STRIDE 64           /* bytes for one origin's text */

static int passes = 40;
static const char *only = "";
static const char million[] = "building 1,000,000 origins";
static const cors_where_t where = {"bench", 1};

/* ---- figures ------------------------------------------------------------ */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print(const char *what, double figure, const char *unit,
                  double goal)
{
    printf("{\"what\": \"%s\", \"figure\": %.*f, \"unit\": \"%s\", \"goal\": ",
           what, figure < 10 ? 3 : 0, figure, unit);
    if (goal > 0) {
        printf("%g}\n", goal);
    }
    else {
        printf("null}\n");
    }
    fflush(stdout);
}

/* ---- policies ----------------------------------------------------------- */

typedef enum {EXACT, SUBDOMAINS, MIXED} kind_e;

/* Names in no order, of eight lengths. The prime makes each i another name. */
static void write_name(char *text, apr_size_t i)
{
    apr_snprintf(text, STRIDE, "%.*s%u.example.com", (int)(i % 8) + 1,
                 "shopping", (unsigned)(i * 2654435761u % 9999991u));
}

static void write_entry(char *text, kind_e kind, apr_size_t i)
{
    int subdomains = kind == SUBDOMAINS || (kind == MIXED && i % 2);

    strcpy(text, subdomains ? "https://*." : "https://");
    write_name(text + strlen(text), i);
}

/* The origin of a request that entry i allows. */
static void write_origin(char *text, kind_e kind, apr_size_t i)
{
    char entry[STRIDE];
    const char *star;

    write_entry(entry, kind, i);
    star = strchr(entry, '*');
    if (star) {
        apr_snprintf(text, STRIDE, "https://a%s", star + 1);
    }
    else {
        strcpy(text, entry);
    }
}

static cors_origins_t *make_origins(kind_e kind, apr_size_t n,
                                    apr_pool_t *pool)
{
    static const unsigned tolerate = 0;
    cors_origins_t *origins = cors_origins_make(pool, &where, &tolerate, 0);
    char text[STRIDE];
    apr_size_t i;

    for (i = 0; i < n; i++) {
        write_entry(text, kind, i);
        cors_origins_add(origins, text, &where, NULL);
    }
    return origins;
}

static void add_names(cors_list_t **list, const char *names,
                      void (*add)(cors_list_t *, const char *,
                                  const cors_where_t *, cors_findings_t *),
                      apr_pool_t *pool)
{
    char *last, *copy = apr_pstrdup(pool, names);
    const char *name;

    *list = cors_list_make(pool, &where);
    for (name = apr_strtok(copy, " ", &last); name;
         name = apr_strtok(NULL, " ", &last)) {
        add(*list, name, &where, NULL);
    }
}

static const cors_rules_t *make_policy(cors_origins_t *origins,
                                       apr_pool_t *pool)
{
    static cors_value_t credentials = {.value = 1, .where = {"bench", 2}};
    static cors_value_t max_age = {.value = 600, .text = "600",
                                   .where = {"bench", 3}};
    cors_settings_t *s = cors_settings_make(pool);

    s->touched = 1;
    s->origins = origins;
    s->credentials = &credentials;
    s->max_age = &max_age;
    add_names(&s->methods, "PUT DELETE PATCH", cors_list_add_method, pool);
    add_names(&s->headers, "Authorization Content-Type X-Requested-With "
              "X-Trace If-Match Range", cors_list_add_header, pool);
    add_names(&s->expose, "ETag X-Total", cors_list_add_expose, pool);
    cors_settings_seal(s);
    cors_rules_prepare(s, pool);
    if (!s->rules->in_force || s->rules->fault.id) {
        fprintf(stderr, "bench: the policy has a fault\n");
        exit(1);
    }
    return s->rules;
}

/* ---- requests ----------------------------------------------------------- */

typedef struct request_t {
    cors_facts_t facts;
    cors_response_t response;
    apr_pool_t *scratch;
} request_t;

static void make_request(request_t *request, const char *origin,
                         const char *method, const char *headers,
                         apr_pool_t *pool)
{
    memset(request, 0, sizeof(*request));
    request->facts.origin = origin;
    request->facts.origin_len = strlen(origin);
    request->facts.method = method;
    request->facts.preflight = method != NULL;
    request->facts.headers = headers;
    apr_pool_create(&request->scratch, pool);
    request->response.pool = request->scratch;
    request->response.out = apr_table_make(pool, 16);
    request->response.err = apr_table_make(pool, 16);
}

/* The decision, and the headers that follow from it. */
static cors_result_e answer(request_t *request, const cors_rules_t *rules)
{
    cors_decision_t d;

    apr_table_clear(request->response.out);
    cors_decide(&d, rules, &request->facts, request->response.pool);
    cors_respond(&request->response, rules, &d, &request->facts);
    return d.result;
}

static double best_ns(request_t *request, const cors_rules_t *rules)
{
    double best = 1e9;
    int round, i;

    for (round = 0; round < ROUNDS; round++) {
        double begin = seconds(), took;

        for (i = 0; i < TIMES; i++) {
            answer(request, rules);
        }
        took = (seconds() - begin) / TIMES * 1e9;
        best = took < best ? took : best;
        apr_pool_clear(request->scratch);
    }
    return best;
}

typedef struct case_t {
    const char *label;
    request_t request;
    const cors_rules_t *rules;
    double goal, best;
} case_t;

static case_t cases[MOST_CASES];
static int n_cases;

static void add_case(const char *label, const char *origin, const char *method,
                     const char *headers, cors_result_e should,
                     const cors_rules_t *rules, double goal, apr_pool_t *pool)
{
    case_t *c = &cases[n_cases];

    if (!strstr(label, only)) {
        return;
    }
    c->label = label;
    make_request(&c->request, origin, method, headers, pool);
    c->rules = rules;
    c->goal = goal;
    c->best = 1e9;
    if (answer(&c->request, rules) != should) {
        fprintf(stderr, "bench: %s: not the answer that is meant\n",
                c->label);
        exit(1);
    }
    n_cases++;
}

static void measure_cases(void)
{
    int pass;
    case_t *c;

    for (pass = 0; pass < passes; pass++) {
        for (c = cases; c < cases + n_cases; c++) {
            double ns = best_ns(&c->request, c->rules);

            c->best = ns < c->best ? ns : c->best;
        }
    }
    for (c = cases; c < cases + n_cases; c++) {
        print(c->label, c->best, "ns", c->goal);
    }
}

#define THREE "authorization,content-type,x-requested-with"

/* What is asked of each policy; the goals are for exact origins. */
static void add_cases(const cors_rules_t *rules, kind_e kind, apr_size_t n,
                      const char *in, apr_pool_t *pool)
{
    static char commas[CORS_LIST_MAX + 1];
    const char *stranger = "https://shopping.example.org";
    char *origin = apr_palloc(pool, STRIDE);
    const struct {
        const char *what, *origin, *method, *headers;
        cors_result_e should;
        double goal;
    } rows[] = {
        {"actual", origin, NULL, NULL, CORS_RESULT_ALLOWED, 90},
        {"actual refused", stranger, NULL, NULL, CORS_RESULT_REFUSED_ORIGIN,
         50},
        {"preflight", origin, "PUT", THREE, CORS_RESULT_PREFLIGHT_ALLOWED,
         150},
        {"preflight refused", stranger, "PUT", THREE,
         CORS_RESULT_REFUSED_ORIGIN, 30},
        {"8 KiB of commas", origin, "PUT", commas, CORS_RESULT_REFUSED_HEADER,
         100},
    };
    apr_size_t i;

    write_origin(origin, kind, n / 2);
    memset(commas, ',', CORS_LIST_MAX);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        add_case(apr_pstrcat(pool, rows[i].what, ", ", in, NULL),
                 rows[i].origin, rows[i].method, rows[i].headers,
                 rows[i].should, rules, kind == EXACT ? rows[i].goal : 0,
                 pool);
    }
}

/* Expressions beside a thousand exact origins: they cost only those that no
 * entry decides. */
static void add_regexes(apr_pool_t *pool)
{
    cors_origins_t *origins = make_origins(EXACT, 1000, pool);
    const cors_rules_t *rules;
    char *origin = apr_palloc(pool, STRIDE);
    int i;

    for (i = 0; i < 10; i++) {
        cors_origins_add_regex(origins,
                               apr_psprintf(pool, "https://pr-[0-9]{1,6}"
                                            "\\.app%d\\.example\\.com", i),
                               &where, NULL);
    }
    rules = make_policy(origins, pool);
    write_origin(origin, EXACT, 500);
    add_case("actual, 1,000 origins beside 10 expressions", origin, NULL, NULL,
             CORS_RESULT_ALLOWED, rules, 90, pool);
    add_case("actual, by the first of 10 expressions",
             "https://pr-4711.app0.example.com", NULL, NULL,
             CORS_RESULT_ALLOWED, rules, 0, pool);
    add_case("actual, by the last of 10 expressions",
             "https://pr-4711.app9.example.com", NULL, NULL,
             CORS_RESULT_ALLOWED, rules, 0, pool);
}

/* ---- a million ---------------------------------------------------------- */

/* The process's data in bytes, as Linux tells it. */
static double bytes_in_use(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f) {
        if (fscanf(f, "%*d %*d %*d %*d %*d %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(f);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Origins of requests, in random order, one behind the other: so that their
 * own text is in the cache, as that of a request just read is. */
static char *random_origins(apr_size_t n)
{
    char *texts = malloc(n * STRIDE);
    apr_uint64_t seed = 1;
    apr_size_t i;

    for (i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        write_origin(texts + i * STRIDE, EXACT, (seed >> 33) % MILLION);
    }
    return texts;
}

static void measure_random(const cors_rules_t *rules, apr_pool_t *pool)
{
    const apr_size_t n = 400000;
    char *texts = random_origins(n);
    request_t request;
    apr_size_t i, found = 0;
    double begin, best = 1e9;
    int round;

    make_request(&request, texts, NULL, NULL, pool);
    for (round = 0; round < 5; round++) {
        begin = seconds();
        for (i = 0, found = 0; i < n; i++) {
            request.facts.origin = texts + i * STRIDE;
            request.facts.origin_len = strlen(request.facts.origin);
            found += answer(&request, rules) == CORS_RESULT_ALLOWED;
        }
        begin = (seconds() - begin) / (double)n * 1e9;
        best = begin < best ? begin : best;
    }
    if (found != n) {
        fprintf(stderr, "bench: an origin of a million was not found\n");
        exit(1);
    }
    print("actual, drawn at random from 1,000,000", best, "ns", 700);
    free(texts);
}

/* All entries, one behind the other. */
static char *all_entries(double *bytes)
{
    char *texts = malloc((apr_size_t)MILLION * STRIDE);
    apr_size_t i;

    for (i = 0; i < MILLION; i++) {
        write_entry(texts + i * STRIDE, EXACT, i);
        *bytes += (double)strlen(texts + i * STRIDE);
    }
    return texts;
}

/* What APR's own table needs for it, nothing else done. */
static apr_hash_t *build_bare(const char *texts, apr_pool_t *pool)
{
    apr_hash_t *hash = apr_hash_make(pool);
    apr_size_t i;

    for (i = 0; i < MILLION; i++) {
        const char *text = apr_pstrdup(pool, texts + i * STRIDE);

        apr_hash_set(hash, text, (apr_ssize_t)strlen(text), &where);
    }
    return hash;
}

static void measure_bare_hash(apr_hash_t *hash)
{
    const apr_size_t n = 400000;
    char *texts = random_origins(n);
    apr_size_t i, found = 0;
    double begin, best = 1e9;
    int round;

    for (round = 0; round < 5; round++) {
        begin = seconds();
        for (i = 0, found = 0; i < n; i++) {
            const char *origin = texts + i * STRIDE;

            found += apr_hash_get(hash, origin, (apr_ssize_t)strlen(origin))
                     != NULL;
        }
        begin = (seconds() - begin) / (double)n * 1e9;
        best = begin < best ? begin : best;
    }
    print("a bare apr_hash look-up, drawn at random from 1,000,000", best,
          "ns", found == n ? 0 : -1);
    free(texts);
}

static cors_origins_t *build(const char *texts, apr_pool_t *pool)
{
    static const unsigned tolerate = 0;
    cors_origins_t *origins = cors_origins_make(pool, &where, &tolerate, 0);
    apr_size_t i;

    for (i = 0; i < MILLION; i++) {
        cors_origins_add(origins, texts + i * STRIDE, &where, NULL);
    }
    return origins;
}

#define BUILDS 5

static void measure_million(void)
{
    double begin, bytes = 0, memory = 0, best = 1e9, best_bare = 1e9;
    char *texts = all_entries(&bytes);
    cors_origins_t *origins = NULL;
    apr_hash_t *bare = NULL;
    apr_pool_t *pool = NULL, *bare_pool = NULL;
    int i;

    for (i = 0; i < BUILDS; i++) {
        if (i) {
            apr_pool_destroy(pool);
            apr_pool_destroy(bare_pool);
        }
        apr_pool_create_unmanaged_ex(&bare_pool, NULL, NULL);
        begin = seconds();
        bare = build_bare(texts, bare_pool);
        begin = seconds() - begin;
        best_bare = begin < best_bare ? begin : best_bare;

        apr_pool_create_unmanaged_ex(&pool, NULL, NULL);
        memory = i ? memory : bytes_in_use();
        begin = seconds();
        origins = build(texts, pool);
        begin = seconds() - begin;
        best = begin < best ? begin : best;
        /* Later ones use what the first has given back. */
        memory = i ? memory : bytes_in_use() - memory;
    }
    print(million, best, "s", 0.5);
    print("building a bare apr_hash of the same", best_bare, "s", 0);
    print("memory for an origin beyond its text",
          (memory - bytes) / MILLION, "bytes", 64);
    free(texts);
    if (!*only) {
        measure_random(make_policy(origins, pool), pool);
        measure_bare_hash(bare);
    }
    apr_pool_destroy(pool);
    apr_pool_destroy(bare_pool);
}

static const struct {
    kind_e kind;
    apr_size_t n;
    const char *in;
} policies[] = {
    {EXACT, 1, "1 origin"},
    {EXACT, 1000, "1,000 origins"},
    {EXACT, MILLION, "1,000,000 origins"},
    {SUBDOMAINS, 1000, "1,000 patterns"},
    {SUBDOMAINS, MILLION, "1,000,000 patterns"},
    {MIXED, MILLION, "1,000,000 of both"},
};

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    apr_size_t i;

    apr_app_initialize(&argc, &argv, NULL);
    apr_pool_create(&pool, NULL);
    if (argc > 1) {
        passes = atoi(argv[1]);
    }
    if (argc > 2) {
        only = argv[2];
    }
    if (strstr(million, only)) {
        measure_million();
    }
    for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (*only && !strstr(only, policies[i].in)) {
            continue;
        }
        add_cases(make_policy(make_origins(policies[i].kind, policies[i].n,
                                           pool), pool),
                  policies[i].kind, policies[i].n, policies[i].in, pool);
    }
    add_regexes(pool);
    measure_cases();
    apr_terminate();
    return 0;
}
