/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_cors.c: CORS (Fetch Standard, "CORS protocol") for Apache httpd.
 *
 * A page at one origin may read answers from another only if that server says
 * so in Access-Control-* headers. This module says so for each section of the
 * configuration that has a policy:
 *
 *     LoadModule cors_module modules/mod_cors.so
 *     <Location "/api">
 *         CORSAllowOrigin https://app.example.com
 *     </Location>
 *
 * This file is the front door: the hooks, in the order in which a request
 * meets them. httpd/ holds the server's side (directives, the request's state,
 * answers), engine/ holds CORS itself and knows no server.
 */
#include "mod_cors.h"

#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "util_filter.h"

#include "engine/hash.h"
#include "engine/suffix.h"
#include "httpd/answer.h"
#include "httpd/counters.h"
#include "httpd/directives.h"
#include "httpd/dump.h"
#include "httpd/explain.h"
#include "httpd/htaccess.h"
#include "httpd/lookup.h"
#include "httpd/merged.h"
#include "httpd/metrics.h"
#include "httpd/module.h"
#include "httpd/need.h"
#include "httpd/observe.h"
#include "httpd/refused.h"
#include "httpd/registry.h"
#include "httpd/response.h"
#include "httpd/source_cache.h"
#include "httpd/sources.h"
#include "httpd/state.h"
#include "httpd/status.h"

static ap_filter_rec_t *output_filter;

/* Whether mod_cache is loaded: set while the server starts. */
static int have_cache;

/* ---- the configuration ------------------------------------------------- */

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    cors_hash_seed();
    cors_registry_reset(pconf);
    cors_suffix_load(pconf);
    return cors_source_cache_reset(pconf);
}

static void withdraw_hooks(const cors_need_t *need);

/* First, so that nobody else's check hides ours. */
static int check_config(apr_pool_t *pconf, apr_pool_t *plog,
                        apr_pool_t *ptemp, server_rec *s)
{
    int errors = cors_registry_check(s);
    cors_need_t need;

    (void)pconf;
    (void)plog;
    cors_need(&need, s);
    withdraw_hooks(&need);
    cors_observe_want_variables(need.variables);
    errors += cors_htaccess_check(s, ptemp);
    /* httpd reads the configuration twice, the second time with its log open:
     * what is only useless is told on the terminal now, in the log after the
     * start. */
    cors_registry_log(NULL, 1, ap_state_query(AP_SQ_MAIN_STATE)
                                   == AP_SQ_MS_CREATE_PRE_CONFIG);
    return errors ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    cors_observe_share(pconf);
    cors_slots_assign(s, pconf);
    cors_refused_start(s);
    cors_source_cache_open(pconf, s);
    cors_registry_log(s, 0, 1);
    have_cache = ap_find_linked_module("mod_cache.c") != NULL;
    if (cors_suffix_missing()) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, "CORS: %s",
                     cors_suffix_missing());
    }
    return OK;
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    cors_merged_start();
    cors_source_cache_child(pchild, s);
}

/* ---- a request, hook by hook ------------------------------------------- */

static int translate_name(request_rec *r)
{
    cors_state_begin(r);
    return DECLINED;
}

static int map_to_storage(request_rec *r)
{
    cors_state_suspend(r);
    return DECLINED;
}

static int post_perdir_config(request_rec *r)
{
    cors_state_complete(r);
    return DECLINED;
}

/* httpd would now ask for a user: a preflight never brings one. Authentication
 * is skipped by answering, never by letting pass. */
static int check_access_ex(request_rec *r)
{
    cors_state_t *state = cors_state_get(r);

    return state && state->facts.preflight ? cors_answer_preflight(r, state)
                                           : DECLINED;
}

/* Authorised without a user: answer before mod_negotiation redirects. */
static int type_checker(request_rec *r)
{
    cors_state_t *state = cors_state_get(r);

    return state && state->facts.preflight ? cors_answer_preflight(r, state)
                                           : DECLINED;
}

/* Without Origin there is nothing to judge, tell or refuse. */
static int judge(request_rec *r, cors_state_t *state)
{
    cors_state_decide(r, state);
    if (state->rules->writes) {
        /* Under Keep the backend may grant one origin what the policy does not
         * grant another, and the reverse. */
        if (state->decision->complete || state->rules->keep) {
            cors_request_complete(r);
        }
        cors_observe_variables(r, state);
    }
    return state->rules->refusal ? cors_answer_refusal(r, state) : DECLINED;
}

static int judge_swapped(request_rec *r)
{
    cors_state_t *state;

    if (r->assbackwards) {
        cors_lookup_alone(r);
    }
    cors_state_follow(r);
    state = cors_state_get(r);
    return state && state->facts.origin ? judge(r, state) : DECLINED;
}

/* mod_negotiation may have swapped the configuration of this very request. */
static int fixups_first(request_rec *r)
{
    cors_state_t *state = cors_state_mark(r);

    if (r->assbackwards || cors_state_is_swapped(r)) {
        return judge_swapped(r);
    }
    return state > CORS_OFF && state->facts.origin ? judge(r, state)
                                                   : DECLINED;
}

/* So may mod_dir. */
static int fixups_last(request_rec *r)
{
    return cors_state_is_swapped(r) && cors_state_follow(r) ? judge_swapped(r)
                                                            : DECLINED;
}

/* For answers that end before fixups (401, 403), and for the last of several
 * redirects. */
static void tell(request_rec *r, cors_state_t *state)
{
    cors_state_decide(r, state);
    cors_observe_decision(r, state);
    if (state->rules->writes || state->forbidden) {
        if (state->told != r) {
            cors_observe_variables(r, state);
        }
        if (have_cache) {
            cors_request_bypass_cache(r, state);
        }
    }
}

static void insert_filter(request_rec *r)
{
    cors_state_t *state = cors_state_get(r);

    if (!state) {
        return;
    }
    if (state->facts.origin) {
        tell(r, state);
    }
    if (state->rules->writes || state->forbidden) {
        ap_add_output_filter_handle(output_filter, state, r, r->connection);
    }
}

/* Response headers are known, others' included. The one writer. */
static apr_status_t write_headers(ap_filter_t *f, apr_bucket_brigade *bb)
{
    cors_response_write(f->r, f->ctx);
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

/* The module's own pages. Nearly every other handler's name is told from
 * theirs by its first letter. */
static int handler(request_rec *r)
{
    if (!r->handler || r->handler[0] != 'c') {
        return DECLINED;
    }
    return strcmp(r->handler, "cors-explain") ? cors_metrics_handler(r)
                                              : cors_explain_handler(r);
}

/* ReportOnly: set the variables only where no handler can see them, so that
 * every response is what it would be without the module. */
static int tell_report(request_rec *r, request_rec *last, cors_state_t *state)
{
    cors_state_decide(last, state);
    cors_observe_variables(last, state);
    cors_observe_variables(r, state);
    cors_observe_decision(r, state);
    return DECLINED;
}

static int log_transaction(request_rec *r)
{
    request_rec *last = r;
    cors_state_t *state;

    /* An access log asks the request that answered. */
    while (last->next) {
        last = last->next;
    }
    state = cors_state_get(last);
    return state && state->rules->engine == CORS_ENGINE_REPORT
               ? tell_report(r, last, state) : DECLINED;
}

/* ---- for other modules ------------------------------------------------- */

static const char *cors_request_result(request_rec *r)
{
    cors_state_t *state = cors_state_get(r);

    return state && state->decision
               ? cors_result_name(cors_decision_result(state->decision))
               : NULL;
}

#define WITHDRAW(hook, ours) \
    do { \
        apr_array_header_t *all = ap_hook_get_##hook(); \
        ap_LINK_##hook##_t *h = (ap_LINK_##hook##_t *)all->elts; \
        int i, kept = 0; \
\
        for (i = 0; i < all->nelts; i++) { \
            if (h[i].pFunc != (ours)) { \
                h[kept++] = h[i]; \
            } \
        } \
        all->nelts = kept; \
    } while (0)

/* What the configuration has no use for. Hooks that were registered only now
 * would come behind those of the same rank of every other module, and to sort
 * again moves other modules' too. */
static void withdraw_hooks(const cors_need_t *need)
{
    if (!need->handlers) {
        WITHDRAW(handler, handler);
    }
    if (!need->reports) {
        WITHDRAW(log_transaction, log_transaction);
    }
    if (need->requests) {
        return;
    }
    WITHDRAW(translate_name, translate_name);
    WITHDRAW(map_to_storage, map_to_storage);
    WITHDRAW(post_perdir_config, post_perdir_config);
    /* Not check_access_ex: httpd has counted it as one that answers the same
     * for a whole configuration, and would take another's for such a one. */
    WITHDRAW(type_checker, type_checker);
    WITHDRAW(fixups, fixups_first);
    WITHDRAW(fixups, fixups_last);
    WITHDRAW(insert_filter, insert_filter);
    WITHDRAW(insert_error_filter, insert_filter);
}

/* All of a request's, each in its place among other modules'; check_config
 * takes out what the configuration has no use for. */
static void register_request_hooks(void)
{
    static const char *const after_authz[] = {"mod_authz_core.c", NULL};
    static const char *const before_negotiation[] = {"mod_negotiation.c",
                                                     NULL};
    static const char *const after_waf[] = {"mod_security2.c", NULL};
    static const char *const after_dir[] = {"mod_dir.c", NULL};
    static const char *const before_headers[] = {"mod_headers.c", NULL};
    static const char *const after_headers[] = {"mod_headers.c", NULL};

    ap_hook_translate_name(translate_name, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(map_to_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(post_perdir_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_check_access_ex(check_access_ex, after_authz, NULL, APR_HOOK_LAST,
                            AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_type_checker(type_checker, NULL, before_negotiation,
                         APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(fixups_first, after_waf, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(fixups_last, after_dir, before_headers, APR_HOOK_LAST);
    ap_hook_insert_filter(insert_filter, after_headers, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(insert_filter, after_headers, NULL,
                                APR_HOOK_LAST);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(log_transaction, NULL, NULL,
                            APR_HOOK_REALLY_FIRST);
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_test_config(cors_dump, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    register_request_hooks();

    output_filter = ap_register_output_filter("CORS", write_headers, NULL,
                                              AP_FTYPE_CONTENT_SET);
    cors_lookup_register();
    cors_sources_register(p);
    cors_status_register();
    APR_REGISTER_OPTIONAL_FN(cors_request_result);
}

AP_DECLARE_MODULE(cors) = {
    STANDARD20_MODULE_STUFF,
    cors_create_dir_config,
    cors_merge_dir_config,
    NULL,
    NULL,
    cors_directives,
    register_hooks,
#ifdef AP_MODULE_FLAG_NONE
    AP_MODULE_FLAG_NONE
#endif
};
