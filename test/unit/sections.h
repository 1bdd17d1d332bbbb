/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sections.h: sections of a configuration from one line of text each, and what
 * follows from them as one line of text: so that a table's row shows both.
 *
 *     "AllowOrigin https://a.example; AllowCredentials On"
 *
 * reads as the module would read CORSAllowOrigin and CORSAllowCredentials in
 * one section: httpd/lists.c and directives.c without httpd. A policy is the
 * same with its name in front: "partners: AllowOrigin https://p.example".
 *
 * A source of AllowOriginFrom says what it will answer: "file:A" is a list in
 * memory that holds A, "db:A" one that is not, "file:-" and "db:-" hold nobody,
 * "file:!" and "db:!" do not answer.
 */
#ifndef CORS_TEST_SECTIONS_H
#define CORS_TEST_SECTIONS_H

#include "apr_hash.h"

#include "engine/decision.h"
#include "engine/respond.h"

#define MOST_SECTIONS 4
#define MOST_POLICIES 4

/* The configuration of a row. */
typedef struct config_t {
    const char *policies[MOST_POLICIES];
    const char *sections[MOST_SECTIONS];    /* from the outermost */
} config_t;

/* A request of a row. No Origin: NULL. With a method: a preflight. */
typedef struct request_t {
    const char *origin;
    const char *method;
    const char *headers;
} request_t;

/* Both, and what follows. */
typedef struct outcome_row_t {
    const char *rule;
    config_t config;
    request_t request;
    const char *verdict;        /* as verdict() shows it */
    const char *answer;         /* as answer() shows it */
} outcome_row_t;

/** The check function of such rows; a fault in the configuration fails. */
void check_outcome(void **row);

/** The named policies, sealed; up to n or the first NULL. */
apr_hash_t *read_policies(const char *const *texts, size_t n);

/**
 * One section, resolved but not sealed. Its lines count from 1; a faulty line
 * fails the test, since the module would not start.
 * @param file What its lines say as their file: "1" of the outermost section.
 */
cors_settings_t *read_section(apr_hash_t *policies, const char *file,
                              const char *text);

/** All sections of a configuration, sealed and merged. */
const cors_settings_t *read_config(const config_t *config);

/** What holds there. */
void make_rules(cors_rules_t *rules, const config_t *config);

/** What a request said, for cors_decide. */
void make_facts(cors_facts_t *facts, const request_t *request);

/** The sources that the last verdict() or answer() asked, in order, as they are
 *  written, joined by blanks. */
const char *asked(void);

/** "1:2": a line. "-": none. */
const char *place(const cors_where_t *where);

/** "allowed 1:2": CORS_RESULT and the line that decided. */
const char *verdict(const cors_rules_t *rules, const request_t *request);

/**
 * The headers of the module in fixed order, under short names:
 * "origin=https://a.example credentials=true vary=Origin". "": none.
 */
const char *show_headers(const apr_table_t *table);

/** The same of a response that has no others. */
const char *answer(const cors_rules_t *rules, const request_t *request);

#endif /* CORS_TEST_SECTIONS_H */
