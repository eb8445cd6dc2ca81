/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as sftunnel.conf: values lie inside the text, and a block that is put behind is found where it can be. */
#include "agent/sources/tunnelconf.h"
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct tunnelconf *conf, struct slice text)
{
    for (int i = 0; i < CONF_KEYS; i++) {
        struct slice v = conf->value[i];
        FUZZ_ASSERT(v.n == 0 || (v.p >= text.p && v.p + v.n <= text.p + text.n));
        FUZZ_ASSERT(v.n == 0 || conf->proxyssl);
    }
    FUZZ_ASSERT((conf->fault == NULL) == (conf->fault_line == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tunnelconf conf, with;
    struct slice text = { (const char *)data, size };
    tunnelconf_parse(text, &conf);
    check(&conf, text);
    if (conf.fault)
        return 0;
    struct buf b = { 0 };
    buf_slice(&b, text);
    buf_puts(&b, "\n;proxyssl { proxy_cert /z; }");
    tunnelconf_parse(buf_as_slice(&b), &with);
    check(&with, buf_as_slice(&b));
    FUZZ_ASSERT(with.proxyssl && slice_eq(with.value[CONF_CERT], SLICE("/z")));
    buf_clear(&b);
    return 0;
}
