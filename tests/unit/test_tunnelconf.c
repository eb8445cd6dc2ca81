/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tunnelconf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define EQUAL(slice, literal) assert_true(slice_eq((slice), SLICE(literal)))

static struct tunnelconf conf;

static void as_the_vendor_shows_it(void **state)
{
    (void)state;
    tunnelconf_parse(SLICE("proxyssl {\n"
                           "    proxy_cert /etc/sf/keys/sftunnel-cert.pem;\n"
                           "    proxy_key /etc/sf/keys/sftunnel-key.pem;\n"
                           "    proxy_cacert /etc/sf/ca_root/cacert.pem;\n"
                           "    proxy_crl /etc/sf/ca_root/crl.pem;\n"
                           "    proxy_cipher 1;\n"
                           "    proxy_tls_version TLSv1.2;\n"
                           "};\n"),
        &conf);
    assert_true(conf.proxyssl);
    assert_null(conf.fault);
    EQUAL(conf.value[CONF_CERT], "/etc/sf/keys/sftunnel-cert.pem");
    EQUAL(conf.value[CONF_KEY], "/etc/sf/keys/sftunnel-key.pem");
    EQUAL(conf.value[CONF_CACERT], "/etc/sf/ca_root/cacert.pem");
    EQUAL(conf.value[CONF_CRL], "/etc/sf/ca_root/crl.pem");
    EQUAL(conf.value[CONF_TLS_VERSION], "TLSv1.2");
}

static void other_blocks_comments_and_quotes(void **state)
{
    (void)state;
    tunnelconf_parse(SLICE("\xef\xbb\xbf# proxyssl { proxy_cert /no; }\r\n"
                           "peer \"a{b\" { proxy_cert /not/this; nested { proxyssl2 { x; } } }\r\n"
                           "global on\n;"
                           "proxyssl{ # here\n"
                           " inner { proxy_cert /nor/this; };\n"
                           " proxy_cert \"/with blank/c.pem\" more words; proxy_key '/k;y';proxy_key /last;\n"
                           " other_thing a b c { d e; }\n"
                           " proxy_cacert /ca # not the end\n ;\n"
                           "} proxy_crl /outside;"),
        &conf);
    assert_true(conf.proxyssl);
    assert_null(conf.fault);
    EQUAL(conf.value[CONF_CERT], "/with blank/c.pem");
    EQUAL(conf.value[CONF_KEY], "/last");
    EQUAL(conf.value[CONF_CACERT], "/ca");
    EQUAL(conf.value[CONF_CRL], "");
}

static void what_is_odd_is_said_and_read_all_the_same(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        const char *fault;
        uint64_t line;
        struct slice cert;
    } cases[] = {
        { { "proxyssl {\n proxy_cert /c\n proxy_key /k;\n}", 40 }, "no semicolon in front of this", 3, { "/c", 2 } },
        { { "proxyssl {\n proxy_cert /c;\n", 27 }, "a block is not closed", 3, { "/c", 2 } },
        { { "proxyssl {\n proxy_cert /c", 25 }, "a block is not closed", 2, { "/c", 2 } },
        { { "}\nproxyssl { proxy_cert /c; }", 28 }, "a block is closed that was never opened", 1, { "/c", 2 } },
        { { "proxyssl { proxy_cert \"/c\n; }", 29 }, "a quote that is not closed", 1, { "/c", 2 } },
        { { "proxyssl { proxy_cert; proxy_cert }", 35 }, NULL, 0, { "", 0 } },
        { { "proxyssl;", 9 }, NULL, 0, { "", 0 } },
        { { "", 0 }, NULL, 0, { "", 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tunnelconf_parse(cases[i].text, &conf);
        if (cases[i].fault)
            assert_string_equal(conf.fault, cases[i].fault);
        else
            assert_null(conf.fault);
        assert_int_equal(conf.fault_line, cases[i].line);
        assert_true(slice_eq(conf.value[CONF_CERT], cases[i].cert));
    }
}

/* Nothing in it is recursive, and a quote that is not closed is looked for once per line at most. */
static void a_megabyte_of_braces_and_quotes(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    char *text = mem_alloc(N);
    static const char bytes[] = "{}\";'# \nx";
    for (size_t b = 0; b + 1 < sizeof bytes; b++) {
        memset(text, bytes[b], N);
        tunnelconf_parse((struct slice){ text, N }, &conf);
        assert_false(conf.proxyssl);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_vendor_shows_it),
        cmocka_unit_test(other_blocks_comments_and_quotes),
        cmocka_unit_test(what_is_odd_is_said_and_read_all_the_same),
        cmocka_unit_test(a_megabyte_of_braces_and_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
