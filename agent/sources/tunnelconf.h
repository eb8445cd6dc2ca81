/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sftunnel.conf: the proxyssl block says where the certificates lie. The rest of its grammar is not public, so anything
 * that looks like `name value ...;` and `name { ... };` is passed over, with comments from # on and quotes. Pure.
 */
#ifndef AGENT_SOURCES_TUNNELCONF_H
#define AGENT_SOURCES_TUNNELCONF_H

#include "base/slice.h"

#define TUNNELCONF_DEPTH 32 /* blocks inside blocks that are told apart */

enum tunnelconf_key { CONF_CERT, CONF_KEY, CONF_CACERT, CONF_CRL, CONF_TLS_VERSION, CONF_KEYS };

struct tunnelconf {
    struct slice
        value[CONF_KEYS]; /* borrowed from the text, without quotes; empty when not said. The last one counts */
    bool proxyssl;        /* there is such a block */
    uint64_t fault_line;  /* of the first thing that is odd, 1-based; 0: none */
    const char *fault;    /* static text, or NULL: what is odd there. Everything else was read all the same */
};

void tunnelconf_parse(struct slice text, struct tunnelconf *out);
/* "proxy_cert", ... */
const char *tunnelconf_key_name(enum tunnelconf_key key);

#endif
