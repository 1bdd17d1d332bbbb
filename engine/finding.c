/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.c: the table of everything that can be wrong, by number.
 *
 * The reason says why, in one sentence; one that starts with a blank goes on
 * from the value ("'x' is not …"). The advice is what to write where the finder
 * could compute nothing better.
 */
#include "finding.h"

#include <stdarg.h>

#include "apr_strings.h"

#include "escape.h"

typedef struct {
    cors_finding_e id;
    const char *name;
    int is_error;
    const char *reason;
    const char *advice;
} row_t;

/* Lets preflights through and, unlike "Require method OPTIONS", nothing else:
 * not one either that a rewrite elsewhere made of another URL's, since that one
 * is no longer answered. */
#define LETS_PREFLIGHTS \
    "Require expr \"%{REQUEST_METHOD} == 'OPTIONS' && -n %{HTTP:Origin} && " \
    "-n %{HTTP:Access-Control-Request-Method} && -z %{ENV:REDIRECT_STATUS}\""

static const row_t rows[] = {
    {CORS_F_NOT_AN_ORIGIN, "CORS001", 1,
     " is not an origin, so no browser will ever send it",
     "write scheme://host or scheme://host:port, for example "
     "https://app.example.com"},
    {CORS_F_ORIGIN_PATH, "CORS002", 1,
     "an origin ends after its host and port: with a path, query, fragment or "
     "trailing slash it never matches",
     "write only scheme://host[:port]"},
    {CORS_F_ORIGIN_USER, "CORS003", 1,
     "an origin has no user or password",
     "write only scheme://host[:port]"},
    {CORS_F_ORIGIN_CASE, "CORS004", 1,
     "browsers send scheme and host in lower case, so upper case never matches",
     "write it in lower case"},
    {CORS_F_ORIGIN_NON_ASCII, "CORS005", 1,
     "browsers send international names in their ASCII form (punycode)",
     "write the xn-- form of the host"},
    {CORS_F_ORIGIN_DEFAULT_PORT, "CORS006", 1,
     "browsers leave the default port out, so this never matches",
     "write it without the port"},
    {CORS_F_ORIGIN_PORT, "CORS007", 1,
     " is no port that a browser can send",
     "write a number from 1 to 65535 without leading zeros, a range such as "
     ":3000-3999, or :* for every port"},
    {CORS_F_ORIGIN_IP, "CORS008", 1,
     "browsers send IP addresses in one canonical spelling, which this is not",
     "write four decimal numbers, or IPv6 in brackets, lower case and "
     "compressed"},
    {CORS_F_ORIGIN_FILE, "CORS009", 1,
     "pages from files have the origin null",
     "write null (and CORSTolerate null-origin, after reading what it means)"},
    {CORS_F_WILDCARD_PLACE, "CORS010", 1,
     "a wildcard stands only for the leftmost whole label of an http or https "
     "host, the whole port, or the whole host of an application scheme",
     "write for example https://*.example.com, http://localhost:* or "
     "moz-extension://*"},
    {CORS_F_ANY_WITH_CREDENTIALS, "CORS011", 1,
     "* with credentials would let every site read what its visitors see when "
     "logged in; browsers refuse it",
     "list the origins, or drop CORSAllowCredentials"},
    {CORS_F_ANY_BESIDE_OTHERS, "CORS012", 1,
     "* already allows every origin, so the entries beside it cannot mean what "
     "was written",
     "write * alone, or only the list"},
    {CORS_F_NULL_UNTOLERATED, "CORS013", 1,
     "any site can make a null origin with a sandboxed frame, so null means *",
     "write * instead, or CORSTolerate null-origin in the same section"},
    {CORS_F_NULL_WITH_CREDENTIALS, "CORS014", 1,
     "any site can make a null origin with a sandboxed frame, so with "
     "credentials every site reads what the visitor sees when logged in",
     "take null out of the list, or drop CORSAllowCredentials"},
    {CORS_F_SCHEME_WITH_CREDENTIALS, "CORS015", 1,
     "with credentials, every application or extension that a visitor ever "
     "installs could read what he sees when logged in",
     "name the id, or write CORSTolerate broad-patterns in the same section"},
    {CORS_F_SUFFIX_WITH_CREDENTIALS, "CORS016", 1,
     "anybody can register a name below this public suffix, and with "
     "credentials read what the visitor sees when logged in",
     "name your own domain below it, or write CORSTolerate public-suffixes in "
     "the same section"},
    {CORS_F_SUFFIX, "CORS017", 0,
     "anybody can register a name below this public suffix",
     "name your own domain below it; if everybody is meant, write *"},
    {CORS_F_INSECURE_WITH_CREDENTIALS, "CORS018", 1,
     "whoever sits on the network path of an http:// page can run scripts in "
     "it, and with credentials read what the visitor sees when logged in",
     "write the https:// origin, or CORSTolerate insecure-origins in the same "
     "section"},
    {CORS_F_REGEX_SYNTAX, "CORS019", 1,
     " is not a regular expression that PCRE2 compiles",
     "mend it; the module adds the anchors itself"},
    {CORS_F_REGEX_ANY_WITH_CREDENTIALS, "CORS020", 1,
     " accepts origins that nobody listed, which with credentials is * with "
     "credentials",
     "list the origins, or write the host's own name into the expression"},
    {CORS_F_REGEX_BROAD_WITH_CREDENTIALS, "CORS021", 1,
     " also accepts look-alikes of the names it holds, and with credentials "
     "whoever registers one reads what the visitor sees when logged in",
     "write every literal dot as \\. and leave nothing open beside the name, "
     "or write CORSTolerate broad-patterns in the same section"},
    {CORS_F_REGEX_BROAD, "CORS022", 0,
     " also accepts look-alikes of the names it holds",
     "write every literal dot as \\. and leave nothing open beside the name"},
    {CORS_F_METHOD_FORBIDDEN, "CORS023", 1,
     " is a method that browsers never send for a script",
     "take it out of the list"},
    {CORS_F_METHOD_TOKEN, "CORS024", 1,
     " is not a method name (RFC 9110 token)",
     "write names such as PUT DELETE PATCH, or * alone"},
    {CORS_F_FIELD_TOKEN, "CORS025", 1,
     " is not a header name (RFC 9110 token)",
     "write names such as Content-Type X-Requested-With, without colon"},
    {CORS_F_EXPOSE_COOKIE, "CORS026", 1,
     "browsers never show this header to a script, whatever is exposed",
     "take it out of the list"},
    {CORS_F_MAX_AGE, "CORS027", 1,
     " is not a time that a preflight answer can be kept",
     "write seconds, such as 600, or a duration such as 10min or 2h"},
    {CORS_F_MAX_AGE_CAPPED, "CORS028", 0,
     "no browser keeps a preflight answer for more than 86400 seconds (a day), "
     "which is what will be sent",
     "write 86400 or less"},
    {CORS_F_POLICY_UNKNOWN, "CORS029", 1,
     " is the name of no <CORSPolicy> in this server or the main server",
     "define the policy, or correct the name"},
    {CORS_F_POLICY_TWICE, "CORS030", 1,
     "two policies of one server cannot have the same name",
     "rename one"},
    {CORS_F_POLICY_ANY_NOT_LAST, "CORS031", 1,
     "a policy that allows * decides for everybody, so those after it never "
     "have their say",
     "write it last"},
    {CORS_F_SEND_ALWAYS, "CORS032", 1,
     "CORSSendOrigin Always sends one origin to everybody, so there must be "
     "exactly one exact origin, nothing else that allows, and no deny of it",
     "write one CORSAllowOrigin scheme://host, or CORSSendOrigin Matching"},
    {CORS_F_NONE_BESIDE_OTHERS, "CORS033", 1,
     "None empties the list, so nothing can stand beside it",
     "write None alone, or only the values"},
    {CORS_F_DENY_NONE, "CORS034", 1,
     "denied origins add up through all sections and cannot be taken back",
     "remove the outer CORSDenyOrigin, or move it to the sections that need "
     "it"},
    {CORS_F_VALUE, "CORS035", 1,
     " is not a value of this directive",
     "see the manual"},
    {CORS_F_EMPTY_LIST, "CORS036", 1,
     "the list has no element (is a variable empty?)",
     "write at least one value, or None to empty an inherited list"},
    {CORS_F_PLACE, "CORS037", 1,
     "this directive cannot stand here",
     "move it to the enclosing section"},
    {CORS_F_POLICY_CONTENT, "CORS038", 1,
     "a <CORSPolicy> holds CORS directives only, and policies do not nest",
     "move the line out of the policy"},
    {CORS_F_SEVERAL_POLICY, "CORS039", 1,
     "one of several policies cannot name CORSEngine, CORSRefusal, "
     "CORSPreflight, CORSBackendHeaders or CORSSendOrigin Always: they hold "
     "for the whole section",
     "write them in the section itself"},
    {CORS_F_SEVERAL_SECTION, "CORS040", 1,
     "beneath several policies the section itself cannot say who is allowed: "
     "each policy does",
     "write it into a policy, or use a single policy"},
    {CORS_F_HEADER_DROPPED, "CORS041", 0,
     "no preflight ever asks for this header, so it is left out of the list",
     "take it out"},
    {CORS_F_EXPOSE_DROPPED, "CORS042", 0,
     " is part of the CORS protocol itself and is left out of the list",
     "take it out"},
    {CORS_F_DUPLICATE, "CORS043", 0,
     " stands in the list already",
     "take one out"},
    {CORS_F_METHOD_CASE, "CORS044", 0,
     "methods are compared with their case, and browsers send this one in "
     "another",
     "write it as browsers send it"},
    {CORS_F_REGEX_COST, "CORS045", 1,
     " runs into PCRE2's match limit on a text that anybody can send",
     "take out nested repetitions such as (a+)+"},
    {CORS_F_SHADOWED, "CORS046", 0,
     " never decides: another line already holds every origin it could match",
     "take it out"},
    {CORS_F_EXPOSE_ANY, "CORS047", 0,
     "with credentials browsers take * for a header of that name, so the "
     "module lists the names that each response has",
     "list the names that scripts need"},
    {CORS_F_ANY_GUARDED, "CORS048", 0,
     "the section lets only some addresses in, and * lets every site read "
     "through the browsers at those addresses",
     "list the origins"},
    {CORS_F_ENGINE_ALONE, "CORS049", 0,
     "CORSEngine On without an origin refuses every preflight of the whole "
     "server",
     "write it where the origins are, or take it out: naming an origin "
     "switches the engine on"},
    {CORS_F_ALWAYS_FORBID, "CORS050", 0,
     "caches in front answer everybody what CORSSendOrigin Always sends, while "
     "CORSRefusal Forbid refuses some of them",
     "choose one of the two"},
    {CORS_F_IF_ORIGIN, "CORS051", 0,
     "a policy that depends on an <If> over Origin hides from caches and from "
     "this check which origins there are",
     "write a <CORSPolicy> for each group and CORSUsePolicy a b"},
    {CORS_F_CLIENT_CERTIFICATE, "CORS052", 0,
     "a preflight never brings a client certificate, so it fails before the "
     "policy is asked",
     "write SSLVerifyClient optional, and in a <RequireAny> Require "
     "ssl-verify-client beside " LETS_PREFLIGHTS},
    {CORS_F_PASS_OPTIONS, "CORS053", 0,
     "this authentication lets every OPTIONS through, and CORSPreflight "
     "PassThrough sends it on to the handler",
     "write CORSPreflight 204"},
    {CORS_F_ALLOW_METHODS, "CORS054", 0,
     " is not among the AllowMethods of this section, which answers 405",
     "add it to AllowMethods, or take it out of CORSAllowMethods"},
    {CORS_F_OPTIONS_OPEN, "CORS055", 0,
     "lets every OPTIONS through without authentication, not only preflights",
     "take it out: the module answers preflights before authentication"},
    {CORS_F_REWRITE_STATUS, "CORS056", 0,
     "answers before the policy is asked, and not only preflights",
     "delete the rule: the module answers preflights itself"},
    {CORS_F_HEADER_OVERRIDDEN, "CORS057", 0,
     "the policy replaces this header on every response here",
     "delete the line, or write CORSBackendHeaders Keep"},
    {CORS_F_REDIRECTED, "CORS058", 0,
     "redirects URLs that have a policy, preflights included, and browsers "
     "refuse a redirected preflight",
     "let pages use the final URL, or move the redirect into a <Directory> or "
     ".htaccess"},
    {CORS_F_PREFLIGHT_REFUSED, "CORS059", 0,
     "refuses a preflight before the policy is asked: a preflight is an "
     "OPTIONS request without credentials, certificate or custom headers",
     "drop it, or put it into a <RequireAny> beside " LETS_PREFLIGHTS},
    {CORS_F_CACHE_IGNORES, "CORS060", 0,
     "a stored response without this header is given to origins that it was "
     "not made for",
     "take the name out of CacheIgnoreHeaders"},
    {CORS_F_UNCHECKED, "CORS061", 0,
     "-D CHECK_CORS_HTACCESS leaves this out",
     "look at it yourself"},
    {CORS_F_HTACCESS, "CORS062", 1,
     " is what httpd says of this line, and it answers 500 to every request "
     "for the directory",
     "write what httpd takes here, and AllowOverride FileInfo in the "
     "<Directory>"},
    {CORS_F_CANDIDATE, "CORS063", 0,
     " has nothing to be compared with here",
     "take the line out"},
    {CORS_F_SOURCE_UNKNOWN, "CORS064", 1,
     " names no source of origins",
     "write file:PATH, dbm:PATH or dbd:QUERY"},
    {CORS_F_SOURCE, "CORS065", 1,
     " does not answer, and holds nobody until it does",
     "mend it"},
    {CORS_F_SOURCE_ENTRY, "CORS066", 1,
     " cannot come from a list kept elsewhere: it would let everybody in",
     "take it out; where everybody is meant, write CORSAllowOrigin *"},
    {CORS_F_SOURCE_LATER, "CORS067", 0,
     " has just been written and may not be complete: it is read later",
     "end its last line with a newline, or write it elsewhere and rename it"},
    {CORS_F_REGEX_NOBODY, "CORS068", 0,
     " matches no origin: nothing in it stands for the :// behind the scheme",
     "write the scheme too, as in https://app\\.example\\.com"},
};

int cors_same_place(const cors_where_t *a, const cors_where_t *b)
{
    return a == b
           || (a && b && a->line == b->line && a->file && b->file
               && !strcmp(a->file, b->file));
}

static const row_t *find_row(cors_finding_e id)
{
    apr_size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].id == id) {
            return &rows[i];
        }
    }
    return NULL;
}

cors_findings_t *cors_findings_make(apr_pool_t *pool)
{
    /* Each line of an .htaccess file has its own, and nearly none has any: the
     * array gets its memory with the first. */
    struct {
        cors_findings_t findings;
        apr_array_header_t list;
    } *made = apr_pcalloc(pool, sizeof(*made));

    made->list.pool = pool;
    made->list.elt_size = sizeof(cors_finding_t);
    made->findings.pool = pool;
    made->findings.list = &made->list;
    made->findings.newest = -1;
    return &made->findings;
}

static int is_full(const cors_findings_t *to, int is_error)
{
    const int errors = to->errors < to->most ? to->errors : to->most;

    return to->most && (is_error ? errors : to->list->nelts - errors)
                           >= to->most;
}

/* A place for one more, or NULL where it is only counted. */
static cors_finding_t *add_place(cors_findings_t *to, int is_error)
{
    const int full = is_full(to, is_error);

    to->errors += is_error;
    to->newest = full ? -1 : to->list->nelts;
    return full ? NULL : apr_array_push(to->list);
}

void cors_finding_add(cors_findings_t *to, cors_finding_e id,
                      const cors_where_t *where, const char *value,
                      const char *advice, ...)
{
    const row_t *row = find_row(id);
    cors_finding_t *f;
    const char *shown = "", *instead;
    va_list args;

    if (!to || !row || !(f = add_place(to, row->is_error))) {
        return;
    }
    if (value) {
        shown = apr_pstrcat(to->pool, "'",
                            cors_escape_own(to->pool, value),
                            *row->reason == ' ' ? "'" : "': ", NULL);
    }
    if (advice) {
        va_start(args, advice);
        instead = apr_pvsprintf(to->pool, advice, args);
        va_end(args);
    }
    else {
        instead = row->advice;
    }
    memset(f, 0, sizeof(*f));
    f->id = id;
    f->is_error = row->is_error;
    if (where) {
        f->where = *where;
    }
    f->text = apr_pstrcat(to->pool, row->name, ": ", shown, row->reason, "; ",
                          instead, NULL);
}

cors_finding_t *cors_finding_copy(cors_findings_t *to,
                                  const cors_finding_t *finding)
{
    cors_finding_t *f = add_place(to, finding->is_error);

    if (f) {
        *f = *finding;
        f->where.file = apr_pstrdup(to->pool, f->where.file);
        f->other.file = apr_pstrdup(to->pool, f->other.file);
        f->text = apr_pstrdup(to->pool, f->text);
    }
    return f;
}

void cors_finding_other(cors_findings_t *to, const cors_where_t *other)
{
    if (to && other && to->newest >= 0) {
        APR_ARRAY_IDX(to->list, to->newest, cors_finding_t).other = *other;
    }
}

void cors_finding_may_change(cors_findings_t *to)
{
    if (to && to->newest >= 0) {
        APR_ARRAY_IDX(to->list, to->newest, cors_finding_t).may_change = 1;
    }
}

const cors_finding_t *cors_findings_error(const cors_findings_t *list)
{
    int i;

    for (i = 0; i < list->list->nelts; i++) {
        const cors_finding_t *f =
            &APR_ARRAY_IDX(list->list, i, const cors_finding_t);

        if (f->is_error) {
            return f;
        }
    }
    return NULL;
}

const char *cors_finding_name(cors_finding_e id)
{
    const row_t *row = find_row(id);

    return row ? row->name : NULL;
}

int cors_finding_is_error(cors_finding_e id)
{
    const row_t *row = find_row(id);

    return row ? row->is_error : 0;
}
