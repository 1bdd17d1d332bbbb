/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frequent_test.c: the table of frequent refusals against an exact count.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/frequent.h"

#define SETS 32
#define SEED 12345u

static cors_frequent_t sets[SETS][CORS_FREQUENT_WAYS];

static void clear(void)
{
    memset(sets, 0, sizeof(sets));
}

static cors_seen_t seen_of(const char *origin)
{
    cors_seen_t seen = {{0}, {0}, CORS_REASON_NOT_LISTED, 1, "GET", 0, 0, 1};

    seen.origin.text = origin;
    seen.origin.len = strlen(origin);
    seen.at.text = "";
    return seen;
}

static void note(const cors_seen_t *seen)
{
    apr_uint32_t hash = cors_frequent_hash(seen, SEED);

    cors_frequent_note(sets[hash % SETS], seen, hash);
}

static void note_text(const char *origin)
{
    cors_seen_t seen = seen_of(origin);

    note(&seen);
}

static const cors_frequent_t *row_of(const char *origin)
{
    size_t i, way;

    for (i = 0; i < SETS; i++) {
        for (way = 0; way < CORS_FREQUENT_WAYS; way++) {
            const cors_frequent_t *e = &sets[i][way];

            if (e->count && e->origin_len == strlen(origin)
                && !memcmp(e->origin, origin, e->origin_len)) {
                return e;
            }
        }
    }
    return NULL;
}

static int rows(void)
{
    size_t i, way;
    int n = 0;

    for (i = 0; i < SETS; i++) {
        for (way = 0; way < CORS_FREQUENT_WAYS; way++) {
            n += sets[i][way].count != 0;
        }
    }
    return n;
}

/* Numbers that are the same in each run. */
static unsigned next(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void few_are_counted_exactly(void)
{
    int i, n;

    clear();
    for (i = 0; i < 50; i++) {
        for (n = 0; n <= i; n++) {
            note_text(apr_psprintf(pool, "https://o%d.example", i));
        }
    }
    for (i = 0; i < 50; i++) {
        const cors_frequent_t *e =
            row_of(apr_psprintf(pool, "https://o%d.example", i));

        assert_non_null(e);
        assert_int_equal(e->count, i + 1);
        assert_int_equal(e->error, 0);
    }
    assert_int_equal(rows(), 50);
}

/* Never too low, and too high by no more than it says. */
static void counts_are_bounded(void)
{
    static unsigned exact[5000];
    unsigned state = 7, i;

    clear();
    memset(exact, 0, sizeof(exact));
    for (i = 0; i < 200000; i++) {
        /* The smaller the number, the more frequent. */
        unsigned which = next(&state) % (1 + next(&state) % COUNT(exact));

        exact[which]++;
        note_text(apr_psprintf(pool, "https://o%u.example", which));
        if (i % 1000 == 0) {
            apr_pool_clear(pool);
        }
    }
    for (i = 0; i < COUNT(exact); i++) {
        const cors_frequent_t *e =
            row_of(apr_psprintf(pool, "https://o%u.example", i));

        if (e) {
            assert_true(e->count >= exact[i]);
            assert_true(e->count - e->error <= exact[i]);
        }
        /* The most frequent ones are all there. */
        assert_true(e || exact[i] < 1000);
    }
}

static void made_up_origins_push_no_frequent_one_out(void)
{
    unsigned i;

    clear();
    for (i = 0; i < 300000; i++) {
        note_text(apr_psprintf(pool, "https://%u.attacker.example", i));
        if (i % 100 == 0) {
            /* One in a hundred: more than a sixteenth of a set's. */
            note_text("https://app.example");
            apr_pool_clear(pool);
        }
    }
    assert_non_null(row_of("https://app.example"));
    assert_true(row_of("https://app.example")->count >= 3000);
    assert_int_equal(rows(), SETS * CORS_FREQUENT_WAYS);
}

static void each_of_its_parts_makes_it_another(void)
{
    cors_seen_t seen;

    clear();
    note_text("https://a.example");
    seen = seen_of("https://a.example");
    seen.reason = CORS_REASON_DENIED;
    note(&seen);
    seen = seen_of("https://a.example");
    seen.policy = 2;
    note(&seen);
    seen = seen_of("https://a.example");
    seen.at.text = "PUT";
    seen.at.len = 3;
    note(&seen);
    assert_int_equal(rows(), 4);
    note(&seen);
    seen.method = "POST";
    seen.time = 9;
    seen.credentials = 1;
    note(&seen);
    assert_int_equal(rows(), 4);
}

static void the_last_time_is_kept(void)
{
    cors_seen_t seen = seen_of("https://a.example");
    const cors_frequent_t *e;

    clear();
    note(&seen);
    seen.method = "A-METHOD-LONGER-THAN-ITS-PLACE";
    seen.time = 9;
    seen.several = 1;
    note(&seen);
    e = row_of("https://a.example");
    assert_string_equal(e->method, "A-METHOD-LONGER-THAN-IT");
    assert_int_equal(e->last, 9);
    assert_int_equal(e->several, 1);
    assert_int_equal(e->credentials, 0);
}

static void long_texts_are_cut(void)
{
    char *text = apr_palloc(pool, 8193);
    cors_seen_t seen;
    int i;

    clear();
    memset(text, ',', 8192);
    text[8192] = '\0';
    seen = seen_of(text);
    seen.at.text = text;
    seen.at.len = 8192;
    note(&seen);
    assert_int_equal(rows(), 1);
    for (i = 0; i < SETS * CORS_FREQUENT_WAYS; i++) {
        const cors_frequent_t *e = &sets[0][0] + i;

        if (e->count) {
            assert_true(e->is_cut);
            assert_int_equal(e->origin_len, CORS_FREQUENT_ORIGIN);
            assert_int_equal(e->at_len, CORS_FREQUENT_AT);
        }
    }
}

/* Otherwise a few chosen origins would empty one set. */
static void another_seed_gives_other_sets(void)
{
    int i, same = 0;

    for (i = 0; i < 1000; i++) {
        cors_seen_t seen = seen_of(apr_psprintf(pool, "https://%d.example",
                                                i));

        same += cors_frequent_hash(&seen, 1) % SETS
                == cors_frequent_hash(&seen, 3) % SETS;
    }
    assert_in_range(same, 0, 100);
}

static const case_t refusals[] = {
    {"few are counted exactly", few_are_counted_exactly},
    {"a count is never too low, and too high by no more than it says",
     counts_are_bounded},
    {"made-up origins push no frequent one out",
     made_up_origins_push_no_frequent_one_out},
    {"origin, reason, policy and name make a refusal",
     each_of_its_parts_makes_it_another},
    {"its last time is kept", the_last_time_is_kept},
    {"long texts are cut", long_texts_are_cut},
    {"another seed gives other sets", another_seed_gives_other_sets},
};

int main(void)
{
    static const table_t tables[] = {CASES(refusals)};

    return run_tables(tables, COUNT(tables));
}
