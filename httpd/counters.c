/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.c: slots in shared memory.
 *
 * The memory is made in blocks, each of which stays where it is until the
 * server stops: children of an earlier configuration still count in it. A
 * slot whose policy has gone is given away only after some more restarts, when
 * no such child is left; what it has counted stays in the total.
 */
#include "httpd/counters.h"

#include "apr_hash.h"
#include "apr_strings.h"

/* Restarts until a slot that no policy has any more is free again. */
#define KEEP 8

/* Slots of a block: room for some changes of the configuration. */
#define BLOCK 64

typedef struct block_t {
    struct block_t *next;
    cors_slot_t *slots;
} block_t;

/* Kept from one restart to the next. */
typedef struct table_t {
    block_t *first;
    int blocks;
    apr_uint32_t generation;
    apr_uint32_t serial;
} table_t;

static table_t *table;

/* Of this configuration. */
static server_rec *main_server;
static apr_hash_t *by_label;            /* every slot in use */
static apr_array_header_t *current;     /* cors_slot_t *: its policies */
static cors_slot_t nowhere;             /* before the first start */
static cors_slot_t *htaccess = &nowhere;
static cors_slot_t *gone = &nowhere;

static table_t *find_table(void)
{
    const char *key = "mod_cors " CORS_VERSION " table of counters";
    void *kept = ap_retained_data_get(key);

    return kept ? kept : ap_retained_data_create(key, sizeof(table_t));
}

/* Each slot, block by block: *block starts as NULL. NULL behind the last. */
static cors_slot_t *next_slot(block_t **block, int *i)
{
    if (!*block) {
        *block = table ? table->first : NULL;
        *i = 0;
    }
    else if (++*i == BLOCK) {
        *block = (*block)->next;
        *i = 0;
    }
    return *block ? &(*block)->slots[*i] : NULL;
}

static void add_block(void)
{
    apr_pool_t *pool = main_server->process->pool;
    block_t *block = apr_pcalloc(pool, sizeof(*block));

    block->slots = cors_shared(apr_psprintf(pool, "counters %d",
                                            ++table->blocks),
                               BLOCK * sizeof(cors_slot_t), main_server);
    block->next = table->first;
    table->first = block;
}

/* What a policy that has gone counted, its children too, stays counted. */
static void give_away(cors_slot_t *slot)
{
    int i;

    for (i = 0; i < CORS_COUNTS; i++) {
        CORS_ATOMIC_ADD(&gone->counts[i], CORS_ATOMIC_READ(&slot->counts[i]));
    }
    memset(slot, 0, sizeof(*slot));
}

static cors_slot_t *free_slot(void)
{
    cors_slot_t *slot;
    block_t *block = NULL;
    int i = 0;

    while ((slot = next_slot(&block, &i)) != NULL) {
        if (!slot->serial) {
            return slot;
        }
    }
    add_block();
    return table->first->slots;
}

/* The end of a path says more than its start. */
static const char *shorten(const char *label)
{
    apr_size_t len = strlen(label);

    return len < CORS_COUNT_LABEL ? label
                                  : label + len - (CORS_COUNT_LABEL - 1);
}

cors_slot_t *cors_counters_slot(const char *label)
{
    const char *name = shorten(label);
    cors_slot_t *slot = apr_hash_get(by_label, name, APR_HASH_KEY_STRING);

    if (!slot) {
        slot = free_slot();
        slot->serial = ++table->serial;
        apr_cpystrn(slot->label, name, sizeof(slot->label));
        apr_hash_set(by_label, slot->label, APR_HASH_KEY_STRING, slot);
    }
    if (slot->generation != table->generation) {
        slot->generation = table->generation;
        APR_ARRAY_PUSH(current, cors_slot_t *) = slot;
    }
    return slot;
}

void cors_counters_begin(server_rec *s, apr_pool_t *pconf)
{
    cors_slot_t *slot;
    block_t *block = NULL;
    int i = 0;

    main_server = s;
    table = find_table();
    table->generation++;
    by_label = apr_hash_make(pconf);
    current = apr_array_make(pconf, 16, sizeof(cors_slot_t *));
    while ((slot = next_slot(&block, &i)) != NULL) {
        if (slot->serial) {
            apr_hash_set(by_label, slot->label, APR_HASH_KEY_STRING, slot);
        }
    }
    htaccess = cors_counters_slot(".htaccess");
    gone = cors_counters_slot("(gone)");
    /* These two are no policies: read last. */
    current->nelts = 0;
    block = NULL;
    while ((slot = next_slot(&block, &i)) != NULL) {
        if (slot->serial && table->generation - slot->generation > KEEP) {
            apr_hash_set(by_label, slot->label, APR_HASH_KEY_STRING, NULL);
            give_away(slot);
        }
    }
}

cors_slot_t *cors_slot(cors_slot_t *slot)
{
    return slot ? slot : htaccess;
}

void cors_count(cors_slot_t *slot, unsigned what)
{
    CORS_ATOMIC_ADD(&cors_slot(slot)->counts[what], 1);
}

int cors_tell_now(cors_slot_t *slot, unsigned what, apr_time_t now,
                  apr_uint32_t *held)
{
    cors_told_t *told = &cors_slot(slot)->told[what];
    apr_uint32_t second = (apr_uint32_t)apr_time_sec(now);
    apr_uint32_t last = apr_atomic_read32(&told->at);
    apr_int32_t since = (apr_int32_t)(second - last);

    /* A request that began before the last one to be told waits as any other;
     * a clock that was set back does not silence all. */
    if ((!last || since >= 60 || since <= -60)
        && apr_atomic_cas32(&told->at, second, last) == last) {
        *held = apr_atomic_xchg32(&told->held, 0);
        return 1;
    }
    apr_atomic_inc32(&told->held);
    return 0;
}

static apr_uint64_t add_up(cors_counted_t *to, const cors_slot_t *slot)
{
    apr_uint64_t any = 0;
    int i;

    for (i = 0; i < CORS_COUNTS; i++) {
        apr_uint64_t n = CORS_ATOMIC_READ(
            (volatile apr_uint64_t *)&slot->counts[i]);

        to->counts[i] += n;
        any |= n;
    }
    return any;
}

static cors_counted_t *push(apr_array_header_t *list, const cors_slot_t *slot)
{
    cors_counted_t *counted = apr_array_push(list);

    memset(counted, 0, sizeof(*counted));
    counted->label = apr_pstrdup(list->pool, slot->label);
    counted->serial = slot->serial;
    return counted;
}

apr_array_header_t *cors_counters_read(apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 16,
                                              sizeof(cors_counted_t));
    cors_counted_t *former;
    const cors_slot_t *slot;
    block_t *block = NULL;
    apr_uint64_t any;
    int i;

    for (i = 0; current && i < current->nelts; i++) {
        slot = APR_ARRAY_IDX(current, i, const cors_slot_t *);
        add_up(push(list, slot), slot);
    }
    add_up(push(list, htaccess), htaccess);
    former = push(list, gone);
    any = add_up(former, gone);
    i = 0;
    while ((slot = next_slot(&block, &i)) != NULL) {
        /* A child of the configuration before sees those of a later one. */
        if (slot->serial && slot->generation < table->generation) {
            any |= add_up(former, slot);
        }
    }
    if (!any) {
        apr_array_pop(list);
    }
    return list;
}

const char *cors_counters_label(apr_uint32_t serial)
{
    const cors_slot_t *slot;
    block_t *block = NULL;
    int i = 0;

    while ((slot = next_slot(&block, &i)) != NULL) {
        if (slot->serial == serial) {
            return slot->label;
        }
    }
    return gone->label;
}
