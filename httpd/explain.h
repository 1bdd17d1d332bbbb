/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h: SetHandler cors-explain: may ORIGIN do METHOD with HEADERS, with
 * or without credentials, on URL, and if not, why?
 *
 * It looks up what the server would answer (lookup.h), lets the engine's model
 * of a browser judge that (engine/browser.h), and shows both.
 */
#ifndef CORS_EXPLAIN_H
#define CORS_EXPLAIN_H

#include "engine/lines.h"
#include "engine/source.h"
#include "httpd/explain_query.h"
#include "httpd/lookup.h"

/* One of the two requests. */
typedef struct cors_exchange_t {
    int looked;                 /* the rest is filled in */
    int sent;                   /* the browser would send it */
    cors_lookup_t lookup;
    const char *result;         /* CORS_RESULT; NULL: no policy decides */
    const char *by;             /* who answers, and what is not known */
} cors_exchange_t;

/* A section that was merged, or a policy that one uses. */
typedef struct cors_shown_t {
    const char *title;          /* <Location "/api"> */
    cors_where_t where;
    const cors_settings_t *settings;    /* its own */
    int is_policy;
    apr_array_header_t *lines;  /* cors_printed_t */
} cors_shown_t;

/* A line to write. */
typedef struct cors_suggested_t {
    const char *text;
    const char *in;             /* the section's title */
    cors_where_t after;         /* behind this line; file NULL: anywhere in the
                                   server's configuration */
} cors_suggested_t;

/* What the policy of CORSCandidatePolicy would make of it. */
typedef struct cors_candidate_verdict_t {
    const char *policy;
    cors_where_t named;         /* the line of CORSCandidatePolicy */
    int allowed;
    const char *reason;         /* NULL where allowed */
    const char *sentence;
    cors_where_t where;         /* the line that would decide */
} cors_candidate_verdict_t;

typedef struct cors_explained_t {
    request_rec *r;
    const cors_ask_t *ask;
    cors_browser_t browser;
    cors_exchange_t preflight, actual;
    int allowed;
    const char *reason;         /* one word; NULL where allowed */
    const char *sentence;       /* the answer */
    cors_where_t where;         /* the line that decided; file NULL: none */
    const char *directive;      /* that line, or what names the list that it
                                   stands in; NULL: it is not of mod_cors */
    const cors_source_t *source;    /* … that list; NULL: it is in none */
    const cors_candidate_verdict_t *candidate;  /* NULL: none is in reach */
    apr_array_header_t *sections;   /* cors_shown_t, outermost first */
    apr_array_header_t *suggested;  /* cors_suggested_t: written together they
                                       turn the verdict; checked */
    apr_array_header_t *warnings;   /* const char *: of configtest, for them */
    const char *advice;         /* where no line can be suggested, or instead
                                   of it */
    apr_array_header_t *notes;  /* const char *: what cannot be known here */
} cors_explained_t;

/** The handler hook of "cors-explain". */
int cors_explain_handler(request_rec *r);

/**
 * Whether this client may see the page: where no Require stands beside
 * SetHandler, only this host may.
 * @return OK, or 403 with a line in the log.
 */
int cors_explain_access(request_rec *r);

/** Everything about one question. */
void cors_explain(cors_explained_t *e, request_rec *r, const cors_ask_t *ask);

/** Both requests, judged: fills in browser and the exchanges. settings: as in
 *  cors_lookup_t. */
void cors_explain_judge(cors_explained_t *e, cors_settings_t *settings);

/** Why that was its verdict: reason, and the line that decided. */
void cors_explain_why(cors_explained_t *e);

/** The verdict in one sentence, without its full stop. */
const char *cors_explain_sentence(const cors_explained_t *e);

/** Ask the same under the candidate policy, where one is in reach: fills in
 *  candidate. */
void cors_explain_candidate(cors_explained_t *e);

/** The sections, and policies, that were merged to `said`. */
apr_array_header_t *cors_explain_sections(request_rec *r,
                                          const cors_settings_t *said);

/** Find lines that turn the refusal, and try them. */
void cors_explain_suggest(cors_explained_t *e);

/** The exchange that decided. */
const cors_exchange_t *cors_explain_decisive(const cors_explained_t *e);

#define CORS_FETCH_URL "https://fetch.spec.whatwg.org/#"

/** "preflight", "failed": constants. */
const char *cors_explain_stage(cors_stage_e stage);
const char *cors_explain_step(cors_step_e result);

/** Whether this is the line that decided, or names the list that did. */
int cors_explain_decided(const cors_explained_t *e,
                         const cors_printed_t *line);

/** "204 No Content". */
const char *cors_explain_status(const cors_exchange_t *x);

/* The three forms, and the same where the question is wrong. */
void cors_explain_put_text(const cors_explained_t *e);
void cors_explain_put_json(const cors_explained_t *e);
void cors_explain_put_json_error(request_rec *r, const char *error);
void cors_explain_put_json_refused(request_rec *r);    /* nothing was asked */
void cors_explain_put_html(const cors_explained_t *e);
void cors_explain_put_html_form(request_rec *r, const cors_ask_t *ask);

/* Of the page. Head sets response headers too. */
void cors_explain_put_head(request_rec *r, const char *title);
void cors_explain_put_form(request_rec *r, const cors_ask_t *ask);
void cors_explain_put_refused(request_rec *r);
void cors_explain_put_foot(request_rec *r);

/** "2026-11-26T13:05:00Z" */
const char *cors_explain_time(apr_time_t at, apr_pool_t *pool);

#endif /* CORS_EXPLAIN_H */
