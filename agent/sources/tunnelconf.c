/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tunnelconf.h"

enum token { TOKEN_WORD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_END_OF_STATEMENT, TOKEN_END };

struct parser {
    struct slice rest;
    uint64_t line;
    struct slice word; /* of TOKEN_WORD */
    struct tunnelconf *out;
};

static void fault(struct parser *p, const char *text)
{
    if (p->out->fault)
        return;
    p->out->fault = text;
    p->out->fault_line = p->line;
}

static void skip(struct parser *p, size_t n)
{
    p->rest.p += n;
    p->rest.n -= n;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f' || c == '\0';
}

static void skip_blanks(struct parser *p)
{
    while (p->rest.n) {
        char c = p->rest.p[0];
        if (c == '#') {
            const char *end = memchr(p->rest.p, '\n', p->rest.n);
            skip(p, end ? (size_t)(end - p->rest.p) : p->rest.n);
            continue;
        }
        if (!blank(c))
            return;
        p->line += c == '\n';
        skip(p, 1);
    }
}

/* To the closing quote, over the ends of lines, too; where none comes it ends with its line. */
static void quoted(struct parser *p)
{
    char quote = p->rest.p[0];
    uint64_t lines = 0;
    skip(p, 1);
    const char *end = memchr(p->rest.p, quote, p->rest.n);
    if (!end) {
        fault(p, "a quote that is not closed");
        end = memchr(p->rest.p, '\n', p->rest.n);
        p->word = (struct slice){ p->rest.p, end ? (size_t)(end - p->rest.p) : p->rest.n };
        skip(p, p->word.n);
        return;
    }
    p->word = (struct slice){ p->rest.p, (size_t)(end - p->rest.p) };
    for (size_t i = 0; i < p->word.n; i++)
        lines += p->word.p[i] == '\n';
    p->line += lines;
    skip(p, p->word.n + 1);
}

static void bare(struct parser *p)
{
    size_t n = 0;
    while (n < p->rest.n && !blank(p->rest.p[n]) && !memchr("{};#", p->rest.p[n], 4))
        n++;
    p->word = (struct slice){ p->rest.p, n };
    skip(p, n);
}

static enum token next(struct parser *p)
{
    skip_blanks(p);
    if (!p->rest.n)
        return TOKEN_END;
    char c = p->rest.p[0];
    if (c == '"' || c == '\'') {
        quoted(p);
        return TOKEN_WORD;
    }
    if (c == '{' || c == '}' || c == ';') {
        skip(p, 1);
        return c == '{' ? TOKEN_OPEN : c == '}' ? TOKEN_CLOSE : TOKEN_END_OF_STATEMENT;
    }
    bare(p);
    return TOKEN_WORD;
}

const char *tunnelconf_key_name(enum tunnelconf_key key)
{
    switch (key) {
    case CONF_CERT: return "proxy_cert";
    case CONF_KEY: return "proxy_key";
    case CONF_CACERT: return "proxy_cacert";
    case CONF_CRL: return "proxy_crl";
    case CONF_TLS_VERSION: return "proxy_tls_version";
    case CONF_KEYS: break;
    }
    return "";
}

static void statement(struct tunnelconf *out, struct slice name, struct slice value)
{
    for (int i = 0; i < CONF_KEYS; i++)
        if (slice_eq(name, slice_of(tunnelconf_key_name((enum tunnelconf_key)i))))
            out->value[i] = value;
}

/* A statement without its semicolon, as people leave them: the next line begins with a name of ours. */
static bool known(struct slice word)
{
    return slice_starts(word, SLICE("proxy_"));
}

void tunnelconf_parse(struct slice text, struct tunnelconf *out)
{
    struct parser p = { .rest = text, .line = 1, .out = out };
    struct slice words[2] = { { "", 0 }, { "", 0 } };
    size_t count = 0, depth = 0, inside = 0; /* inside: the depth of the proxyssl block */
    enum token t;
    *out = (struct tunnelconf){ 0 };
    for (int i = 0; i < CONF_KEYS; i++)
        out->value[i] = SLICE("");
    if (slice_starts(p.rest, SLICE("\xef\xbb\xbf")))
        skip(&p, 3);
    do {
        t = next(&p);
        bool missing = t == TOKEN_WORD && count >= 2 && inside && depth == inside && known(p.word);
        if (missing)
            fault(&p, "no semicolon in front of this");
        if (t != TOKEN_WORD || missing) {
            if (t != TOKEN_OPEN && count >= 2 && inside && depth == inside)
                statement(out, words[0], words[1]);
            if (t == TOKEN_OPEN && depth++ < TUNNELCONF_DEPTH && !inside && count &&
                slice_eq_nocase(words[0], SLICE("proxyssl"))) {
                inside = depth;
                out->proxyssl = true;
            }
            if (t == TOKEN_CLOSE && inside == depth)
                inside = 0;
            if (t == TOKEN_CLOSE && depth == 0)
                fault(&p, "a block is closed that was never opened");
            depth -= t == TOKEN_CLOSE && depth > 0;
            count = 0;
        }
        if (t == TOKEN_WORD && count < 2)
            words[count] = p.word;
        count += t == TOKEN_WORD;
    } while (t != TOKEN_END);
    if (depth)
        fault(&p, "a block is not closed");
}
