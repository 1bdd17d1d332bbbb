/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paste_test.c: what browsers' consoles say, and commands as developer tools
 * copy them.
 */
#include "support.h"

#include <string.h>

#include "engine/paste.h"

#define URL "https://api.example.com/items?x=1"
#define APP "https://app.example.com"
#define CHROMIUM "Access to fetch at '" URL "' from origin '" APP "' has been " \
    "blocked by CORS policy: "
#define FIREFOX "Cross-Origin Request Blocked: The Same Origin Policy " \
    "disallows reading the remote resource at " URL ". (Reason: "
#define Q(text) "\xe2\x80\x98" text "\xe2\x80\x99"

typedef struct paste_row_t {
    const char *rule;
    const char *text;
    const char *url, *origin, *method, *headers;
    int credentials;
} paste_row_t;

static const paste_row_t consoles[] = {
    {"Chromium: no header", CHROMIUM "No 'Access-Control-Allow-Origin' header "
     "is present on the requested resource.", URL, APP, NULL, NULL, 0},
    {"Chromium: XMLHttpRequest, null", "page.html:1 Access to XMLHttpRequest "
     "at '" URL "' from origin 'null' has been blocked by CORS policy",
     URL, "null", NULL, NULL, 0},
    {"Chromium: redirected", "Access to script at '" URL "' (redirected from "
     "'https://a.example/') from origin '" APP "' has been blocked",
     URL, APP, NULL, NULL, 0},
    {"Chromium: method", CHROMIUM "Method PUT is not allowed by "
     "Access-Control-Allow-Methods in preflight response.",
     URL, APP, "PUT", NULL, 0},
    {"Chromium: header", CHROMIUM "Request header field x-trace is not allowed "
     "by Access-Control-Allow-Headers in preflight response.",
     URL, APP, NULL, "x-trace", 0},
    {"Chromium: credentials", CHROMIUM "The value of the "
     "'Access-Control-Allow-Credentials' header in the response is '' which "
     "must be 'true' when the request's credentials mode is 'include'.",
     URL, APP, NULL, NULL, 1},
    {"Firefox: no header", FIREFOX "CORS header "
     Q("Access-Control-Allow-Origin") " missing). Status code: 200.",
     URL, NULL, NULL, NULL, 0},
    {"Firefox: header", FIREFOX "header " Q("x-trace") " is not allowed "
     "according to header " Q("Access-Control-Allow-Headers")
     " from CORS preflight response).", URL, NULL, NULL, "x-trace", 0},
    {"Firefox: any with credentials", FIREFOX "Credential is not supported if "
     "the CORS header " Q("Access-Control-Allow-Origin") " is " Q("*") ").",
     URL, NULL, NULL, NULL, 1},
    {"Firefox: any with credentials, the URL quoted",
     "Cross-Origin Request Blocked: The Same Origin Policy disallows reading "
     "the remote resource at " Q(URL) ". (Reason: Credential is not supported "
     "if the CORS header " Q("Access-Control-Allow-Origin") " is " Q("*") ").",
     URL, NULL, NULL, NULL, 1},
    {"Firefox: credentials", FIREFOX "expected " Q("true") " in CORS header "
     Q("Access-Control-Allow-Credentials") ").", URL, NULL, NULL, NULL, 1},
    {"Safari: two lines", "[Error] Origin " APP " is not allowed by "
     "Access-Control-Allow-Origin. Status code: 200\n[Error] Fetch API cannot "
     "load " URL " due to access control checks.", URL, APP, NULL, NULL, 0},
    {"Safari: method", "Method PUT is not allowed by "
     "Access-Control-Allow-Methods.\nXMLHttpRequest cannot load " URL " due to "
     "access control checks.", URL, NULL, "PUT", NULL, 0},
    {"Safari: header", "Request header field X-Trace is not allowed by "
     "Access-Control-Allow-Headers.", NULL, NULL, NULL, "X-Trace", 0},
    {"Safari: credentials", "Credentials flag is true, but "
     "Access-Control-Allow-Credentials is not \"true\".",
     NULL, NULL, NULL, NULL, 1},
    {"nothing", "Uncaught TypeError: x is not a function at 'file:1'",
     NULL, NULL, NULL, NULL, 0},
    {"an unfinished quote", "Access to fetch at 'https://a", "https://a",
     NULL, NULL, NULL, 0},
    {"empty", "", NULL, NULL, NULL, NULL, 0},
};

static const paste_row_t commands[] = {
    {"curl alone", "curl", NULL, NULL, NULL, NULL, 0},
    {"a URL", "  $ curl " URL, URL, NULL, NULL, NULL, 0},
    {"as Chromium copies it",
     "curl '" URL "' \\\n  -X 'PUT' \\\n  -H 'accept: */*' \\\n"
     "  -H 'content-type: application/json' \\\n  -b 'sid=1' \\\n"
     "  -H 'origin: " APP "' \\\n  -H 'sec-fetch-site: cross-site' \\\n"
     "  -H 'user-agent: Mozilla/5.0 (X11)' \\\n  -H 'x-trace: a, b' \\\n"
     "  --data-raw $'{\"a\":\"it\\'s\"}' ;",
     URL, APP, "PUT", "content-type: application/json\nx-trace: a, b", 1},
    {"as Firefox copies it",
     "curl --compressed -X DELETE -H 'Accept: */*' -H 'Origin: " APP "' -H "
     "'Cookie: a=b' -H 'TE: trailers' '" URL "'",
     URL, APP, "DELETE", NULL, 1},
    {"a preflight",
     "curl " URL " -X OPTIONS -H 'Origin: " APP "' -H "
     "'Access-Control-Request-Method: PATCH' -H "
     "'Access-Control-Request-Headers: x-a,x-b'",
     URL, APP, "PATCH", "x-a,x-b", 0},
    {"data is a form's POST", "curl -d a=b " URL, URL, NULL, "POST",
     "Content-Type: application/x-www-form-urlencoded", 0},
    {"a form", "curl -F a=@file " URL, URL, NULL, "POST",
     "Content-Type: multipart/form-data", 0},
    {"json", "curl --json '{}' " URL, URL, NULL, "POST",
     "Content-Type: application/json", 0},
    {"the method in the same word", "curl -XPUT " URL, URL, NULL, "PUT", NULL,
     0},
    {"HEAD", "curl -I " URL, URL, NULL, "HEAD", NULL, 0},
    {"arguments that are no URL", "curl -o out -m 5 --max-time 3 -A ua " URL,
     URL, NULL, NULL, NULL, 0},
    {"double quotes", "curl \"" URL "\" -H \"X: \\\"a\\\\b\\\"\"", URL, NULL,
     NULL, "X: \"a\\b\"", 0},
    {"a Referer stands for Origin", "curl " URL " -H 'Referer: " APP "/page'",
     URL, APP, NULL, NULL, 0},
    {"Authorization is the script's", "curl " URL " -H 'Authorization: x'",
     URL, NULL, NULL, "Authorization: x", 0},
    {"what follows is another command", "curl " URL " | jq .", URL, NULL, NULL,
     NULL, 0},
    {"unfinished", "curl 'https://a", "https://a", NULL, NULL, NULL, 0},
    {"an option without its argument", "curl " URL " -H", URL, NULL, NULL,
     NULL, 0},
    {"a backslash at the end", "curl " URL " \\", URL, NULL, NULL, NULL, 0},
};

static void check(void **state)
{
    const paste_row_t *row = *state;
    const char *text = exactly(row->text, strlen(row->text) + 1);
    cors_pasted_t found;
    int any = cors_paste_read(&found, text, pool);

    assert_text(found.url, row->url);
    assert_text(found.origin, row->origin);
    assert_text(found.method, row->method);
    assert_text(found.headers, row->headers);
    assert_int_equal(found.credentials, row->credentials);
    assert_int_equal(any, row->url || row->origin || row->method
                              || row->headers || row->credentials);
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(consoles, check),
        TABLE(commands, check),
    };

    return run_tables(tables, COUNT(tables));
}
