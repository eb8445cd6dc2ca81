/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a file of certificates and keys. What is counted is there, nothing is said of a key but a hash, and text
 * in front of armour changes nothing.
 */
#include "agent/diagnosis/pem.h"
#include "base/caps.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check(const struct certs *t, const struct pem *p)
{
    FUZZ_ASSERT(p->fault >= PEM_FINE && p->fault < PEM_FAULTS && pem_fault_text(p->fault)[0]);
    FUZZ_ASSERT(p->certificate == CERT_NONE || p->certificate < certs_count(t));
    FUZZ_ASSERT(p->certificate == CERT_NONE || p->certificates > 0);
    FUZZ_ASSERT(p->certificates <= CAP_PEM_BLOCKS && p->keys <= CAP_PEM_BLOCKS && p->crls <= CAP_PEM_BLOCKS);
    FUZZ_ASSERT(!p->key || p->keys > 0);
    FUZZ_ASSERT(!p->crl || p->crls > 0);
    FUZZ_ASSERT(p->fault != PEM_FINE || p->certificates + p->keys + p->crls > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certs *t = certs_new();
    struct slice text = { (const char *)data, size };
    struct pem plain, behind;
    pem_read(t, text, &plain);
    check(t, &plain);
    if (size && memmem(data, size, "-----BEGIN ", 11) == data) {
        struct buf b = { 0 };
        buf_puts(&b, "Certificate:\n    Data:\n");
        buf_slice(&b, text);
        pem_read(t, buf_as_slice(&b), &behind);
        FUZZ_ASSERT(behind.certificates == plain.certificates && behind.keys == plain.keys);
        FUZZ_ASSERT(behind.fault == plain.fault && behind.certificate == plain.certificate);
        buf_clear(&b);
    }
    (void)pem_looks(text);
    certs_free(t);
    return 0;
}
