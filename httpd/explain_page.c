/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_page.c: the page around an answer: head, form, foot.
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_protocol.h"

#include "engine/utf8.h"
#include "httpd/refused.h"

/* Contrast of at least 7 to 1 in both modes. Long words break, so that nothing
 * has to be scrolled sideways. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--quiet:#4a4a4a;"
    "--line:#b5b5b5;--box:#f3f3f3;--link:#003f8c;--yes:#0b4f1e;--no:#8a1111;"
    "--mark:#ffe680}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#ececec;--paper:#161616;"
    "--quiet:#c4c4c4;--line:#5c5c5c;--box:#232323;--link:#a8cbff;"
    "--yes:#9be8ae;--no:#ffb3ad;--mark:#5c4a00}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:70rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:1.3rem}h2{font-size:1.15rem;margin-top:2rem}"
    "h3{font-size:1rem}h4{font-size:.95rem;margin-bottom:.3rem}\n"
    "a{color:var(--link)}small,.steps span{color:var(--quiet)}\n"
    "code,pre,input,textarea{font:.92rem/1.45 ui-monospace,monospace}\n"
    "pre{background:var(--box);padding:.7rem;margin:0;white-space:pre-wrap}\n"
    "mark{background:var(--mark);color:var(--ink)}\n"
    ".answer{font-size:1.2rem;font-weight:600;border-left:.4rem solid;"
    "padding:.4rem .8rem}.yes{color:var(--yes)}.no{color:var(--no)}\n"
    ".passed b{color:var(--yes)}.failed b{color:var(--no)}\n"
    ".write{background:var(--box);padding:.2rem .4rem}\n"
    "dt{font-weight:600}dd{margin:0 0 .6rem}.lines{list-style:none;padding:0}\n"
    ".pair{display:grid;gap:1.5rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr))}\n"
    "form{display:grid;gap:.8rem;border:1px solid var(--line);padding:1rem}\n"
    "label{display:block;font-weight:600}.inline{display:inline}\n"
    "input[type=text],textarea{width:100%;padding:.5rem;color:inherit;"
    "background:var(--paper);border:1px solid var(--quiet)}\n"
    "input[type=checkbox]{width:1.3rem;height:1.3rem;vertical-align:middle}\n"
    "button{font:inherit;padding:.6rem 1.4rem;min-height:2.75rem;"
    "color:var(--paper);background:var(--link);border:0}\n"
    ":focus-visible{outline:3px solid var(--link);outline-offset:2px}\n";

/* Only the page's own style sheet has the number. */
static const char *make_nonce(request_rec *r)
{
    unsigned char bytes[16];
    char *text = apr_palloc(r->pool, 2 * sizeof(bytes) + 1);
    apr_size_t i;

    if (apr_generate_random_bytes(bytes, sizeof(bytes)) != APR_SUCCESS) {
        memset(bytes, 0, sizeof(bytes));
    }
    for (i = 0; i < sizeof(bytes); i++) {
        apr_snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return text;
}

void cors_explain_put_head(request_rec *r, const char *title)
{
    const char *nonce = make_nonce(r);

    apr_table_setn(r->headers_out, "Content-Security-Policy",
                   apr_pstrcat(r->pool, "default-src 'none'; style-src 'nonce-",
                               nonce, "'; img-src data:; form-action 'self'; "
                               "base-uri 'none'; frame-ancestors 'none'",
                               NULL));
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    ap_rvputs(r, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
              "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
              "content=\"width=device-width, initial-scale=1\">\n<title>",
              title, " - cors-explain</title>\n"
              /* Else browsers ask for /favicon.ico; the policy forbids it. */
              "<link rel=\"icon\" href=\"data:,\">\n<style nonce=\"",
              nonce, "\">\n", style, "</style>\n</head>\n<body>\n<header>\n"
              "<h1>May a page of another origin read this?</h1>\n</header>\n"
              "<main>\n", NULL);
}

/* A field's label and hint, which it refers to. */
static void put_label(request_rec *r, const char *name, const char *label,
                      const char *hint)
{
    ap_rvputs(r, "<div><label for=\"", name, "\">", label, "</label>\n"
              "<small id=\"", name, "-hint\">", hint, "</small>\n", NULL);
}

static void put_input(request_rec *r, const char *name, const char *label,
                      const char *hint, const char *value)
{
    put_label(r, name, label, hint);
    ap_rvputs(r, "<input type=\"text\" id=\"", name, "\" name=\"", name,
              "\" aria-describedby=\"", name, "-hint\" value=\"",
              cors_html(r->pool, value), "\" autocapitalize=\"none\" "
              "spellcheck=\"false\"></div>\n", NULL);
}

static void put_area(request_rec *r, const char *name, const char *label,
                     const char *hint, const char *value)
{
    put_label(r, name, label, hint);
    ap_rvputs(r, "<textarea id=\"", name, "\" name=\"", name,
              "\" aria-describedby=\"", name, "-hint\" rows=\"3\" "
              /* The first line feed is the parser's. */
              "spellcheck=\"false\">\n", cors_html(r->pool, value),
              "</textarea></div>\n", NULL);
}

void cors_explain_put_form(request_rec *r, const cors_ask_t *ask)
{
    ap_rputs("<section aria-labelledby=\"ask\">\n<h2 id=\"ask\">The question"
             "</h2>\n<form method=\"get\">\n", r);
    put_input(r, "url", "URL", "of this server: its path is enough", ask->url);
    put_input(r, "origin", "Origin", "of the page: https://app.example.com",
              ask->origin);
    put_input(r, "method", "Method", "GET where empty", ask->method);
    put_area(r, "headers", "Headers",
             "those that the script sets: names, separated by commas; with "
             "\"Name: value\" the value too", ask->headers);
    ap_rvputs(r, "<div><input type=\"checkbox\" id=\"credentials\" "
              "name=\"credentials\" value=\"include\"",
              ask->credentials ? " checked" : "",
              "> <label for=\"credentials\" class=\"inline\">With credentials "
              "(cookies, HTTP authentication)</label></div>\n"
              "<div><button type=\"submit\">Explain</button></div>\n"
              "</form>\n", NULL);
    ap_rputs("<h3>Or paste</h3>\n<form method=\"get\">\n", r);
    put_area(r, "paste", "Message or command",
             "what the browser's console says of the request (Chromium, "
             "Firefox, Safari), or a curl command", ask->paste);
    ap_rputs("<div><button type=\"submit\">Read it</button></div>\n</form>\n"
             "</section>\n", r);
}

/* "12", or "9 to 12" where it is not known better. */
static const char *times(request_rec *r, const cors_refused_t *one)
{
    return one->error
               ? apr_psprintf(r->pool, "%" APR_UINT64_T_FMT " to %"
                              APR_UINT64_T_FMT, one->count - one->error,
                              one->count)
               : apr_psprintf(r->pool, "%" APR_UINT64_T_FMT, one->count);
}

static void put_refused_one(request_rec *r, const cors_refused_t *one)
{
    int i;

    ap_rvputs(r, "<li><code>", cors_html(r->pool, one->origin), "</code>",
              one->is_cut ? "..." : "", ", refused ", times(r, one),
              " times, last ", cors_explain_time(one->last, r->pool),
              ", method <code>", cors_html(r->pool, one->method), "</code>",
              NULL);
    if (one->header) {
        ap_rvputs(r, ", header <code>", cors_html(r->pool, one->header),
                  "</code>", NULL);
    }
    ap_rvputs(r, ", under <code>", cors_html(r->pool, one->policy),
              "</code>: <code>", cors_reason_name(one->reason),
              "</code>, ", cors_html(r->pool, one->remedy.why), NULL);
    for (i = 0; i < 2 && one->remedy.lines[i]; i++) {
        ap_rvputs(r, i ? " and " : "; to allow it: ", "<code class=\"write\">",
                  cors_html(r->pool, one->remedy.lines[i]), "</code>", NULL);
    }
    ap_rvputs(r, cors_html(r->pool, one->remedy.lines[0] ? one->remedy.place
                                                         : ""),
              "</li>\n", NULL);
}

void cors_explain_put_refused(request_rec *r)
{
    apr_uint64_t missed = 0;
    const apr_array_header_t *rows = cors_refused_list(r->pool, &missed);
    int i;

    ap_rputs("<section aria-labelledby=\"lately\">\n<h2 id=\"lately\">Refused "
             "lately, the most frequent first</h2>\n", r);
    if (!rows->nelts) {
        ap_rputs("<p>Nobody was.</p>\n", r);
    }
    else {
        ap_rputs("<ul>\n", r);
        for (i = 0; i < rows->nelts; i++) {
            put_refused_one(r, &APR_ARRAY_IDX(rows, i, cors_refused_t));
        }
        ap_rputs("</ul>\n", r);
    }
    if (missed) {
        ap_rprintf(r, "<p>%" APR_UINT64_T_FMT " more could not be noted.</p>\n",
                   missed);
    }
    ap_rputs("</section>\n", r);
}

void cors_explain_put_foot(request_rec *r)
{
    ap_rputs("</main>\n<footer>\n<p><small>mod_cors " CORS_VERSION ". The same "
             "as JSON: add <code>format=json</code>; for a terminal: "
             "<code>format=text</code>.</small></p>\n</footer>\n</body>\n"
             "</html>\n", r);
}
