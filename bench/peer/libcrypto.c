/* Rates of CMS operations on one small mail, by the system's libcrypto, in one process and one thread: what the
 * program `bench` is held against. Keys, certificates and the store of anchors are read before the clock starts;
 * each operation starts from the message in memory and ends with its result in memory, like the Rust side.
 *
 *   cc -O2 -o peer libcrypto.c -lcrypto
 *   peer OPERATION -m MAIL [-s SECONDS] [-c CERT] [-k KEY] [-i INTERMEDIATES] [-a ANCHORS] [-r RECIPIENTS] [-n COUNT] [-l CRLS]
 *
 * OPERATION: sign, verify, encrypt, decrypt, chain (three certificates from their octets to a verified path),
 * chain-parsed (the same of certificates read before), chain-crl (the same, and neither is revoked: -l CRLS, read and
 * indexed before). Prints one line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

struct bench {
    char *mail;
    long mail_length;
    X509 *certificate;
    EVP_PKEY *key;
    STACK_OF(X509) *intermediates, *recipients;
    X509_STORE *anchors;
    X509 *root;
    /* What verify and decrypt read. */
    char *message;
    long message_length;
};

static void fail(const char *what)
{
    fprintf(stderr, "peer: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static BIO *readable(const char *path)
{
    BIO *file = BIO_new_file(path, "rb");
    if (file == NULL)
        fail(path);
    return file;
}

static char *contents(const char *path, long *length)
{
    BIO *file = readable(path), *memory = BIO_new(BIO_s_mem());
    char block[16384], *data, *copy;
    int got;
    while ((got = BIO_read(file, block, sizeof block)) > 0)
        BIO_write(memory, block, got);
    *length = BIO_get_mem_data(memory, &data);
    copy = malloc(*length);
    memcpy(copy, data, *length);
    BIO_free(file);
    BIO_free(memory);
    return copy;
}

static STACK_OF(X509) *certificates(const char *path, int most)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    BIO *file = readable(path);
    X509 *one;
    while (sk_X509_num(all) < most && (one = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL)
        sk_X509_push(all, one);
    ERR_clear_error();
    BIO_free(file);
    return all;
}

static BIO *sign(const struct bench *b)
{
    const int flags = CMS_PARTIAL | CMS_DETACHED | CMS_STREAM;
    BIO *in = BIO_new_mem_buf(b->mail, b->mail_length), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, b->intermediates, NULL, flags);
    /* SHA-512 is what every ML-DSA may have (RFC 9882 section 3.3). */
    const int free_choice = EVP_PKEY_is_a(b->key, "RSA") || EVP_PKEY_is_a(b->key, "EC");
    if (cms == NULL
        || !CMS_add1_signer(cms, b->certificate, b->key, free_choice ? EVP_sha256() : EVP_sha512(), flags)
        || !SMIME_write_CMS(out, cms, in, flags & ~CMS_PARTIAL))
        fail("sign");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return out;
}

static BIO *verify(const struct bench *b)
{
    BIO *in = BIO_new_mem_buf(b->message, b->message_length), *out = BIO_new(BIO_s_mem()), *content = NULL;
    CMS_ContentInfo *cms = SMIME_read_CMS(in, &content);
    if (cms == NULL || CMS_verify(cms, NULL, b->anchors, content, out, 0) != 1)
        fail("verify");
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    BIO_free(in);
    return out;
}

static BIO *encrypt(const struct bench *b)
{
    BIO *in = BIO_new_mem_buf(b->mail, b->mail_length), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_encrypt(b->recipients, in, EVP_aes_256_cbc(), CMS_STREAM);
    if (cms == NULL || !SMIME_write_CMS(out, cms, in, CMS_STREAM))
        fail("encrypt");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return out;
}

static BIO *decrypt(const struct bench *b)
{
    BIO *in = BIO_new_mem_buf(b->message, b->message_length), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = SMIME_read_CMS(in, NULL);
    if (cms == NULL || CMS_decrypt(cms, b->key, b->certificate, NULL, out, 0) != 1)
        fail("decrypt");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return out;
}

static X509 *reread(X509 *certificate)
{
    unsigned char *octets = NULL;
    const unsigned char *at;
    int length = i2d_X509(certificate, &octets);
    X509 *copy;
    at = octets;
    copy = d2i_X509(NULL, &at, length);
    OPENSSL_free(octets);
    if (copy == NULL)
        fail("d2i_X509");
    return copy;
}

static void verify_path(X509_STORE *anchors, X509 *leaf, STACK_OF(X509) *untrusted)
{
    X509_STORE_CTX *path = X509_STORE_CTX_new();
    if (path == NULL || !X509_STORE_CTX_init(path, anchors, leaf, untrusted) || X509_verify_cert(path) != 1
        || sk_X509_num(X509_STORE_CTX_get0_chain(path)) != 3)
        fail("X509_verify_cert");
    X509_STORE_CTX_free(path);
}

/* i2d_X509 copies the octets that were read: what is counted is reading them. */
static BIO *chain(const struct bench *b)
{
    X509 *leaf = reread(b->certificate), *root = reread(b->root);
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    X509_STORE *anchors = X509_STORE_new();
    for (int i = 0; i < sk_X509_num(b->intermediates); i++)
        sk_X509_push(untrusted, reread(sk_X509_value(b->intermediates, i)));
    X509_STORE_add_cert(anchors, root);
    verify_path(anchors, leaf, untrusted);
    X509_STORE_free(anchors);
    sk_X509_pop_free(untrusted, X509_free);
    X509_free(root);
    X509_free(leaf);
    return NULL;
}

static BIO *chain_parsed(const struct bench *b)
{
    verify_path(b->anchors, b->certificate, b->intermediates);
    return NULL;
}

/* The CRLs are in the store of anchors; every certificate but the anchor is looked up. */
static BIO *chain_crl(const struct bench *b)
{
    X509_STORE_CTX *path = X509_STORE_CTX_new();
    if (path == NULL || !X509_STORE_CTX_init(path, b->anchors, b->certificate, b->intermediates))
        fail("X509_STORE_CTX_init");
    X509_STORE_CTX_set_flags(path, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    if (X509_verify_cert(path) != 1 || sk_X509_num(X509_STORE_CTX_get0_chain(path)) != 3)
        fail("X509_verify_cert");
    X509_STORE_CTX_free(path);
    return NULL;
}

static void add_crls(X509_STORE *store, const char *path)
{
    BIO *in = BIO_new_file(path, "r");
    X509_CRL *crl;
    if (in == NULL)
        fail(path);
    while ((crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL)) != NULL) {
        X509_STORE_add_crl(store, crl);
        X509_CRL_free(crl);
    }
    ERR_clear_error();
    BIO_free(in);
}

static void keep(struct bench *b, BIO *made)
{
    char *data;
    b->message_length = BIO_get_mem_data(made, &data);
    b->message = malloc(b->message_length);
    memcpy(b->message, data, b->message_length);
    BIO_free(made);
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    struct bench b = { 0 };
    double seconds = 1, begun, used = 0;
    const char *recipients = NULL, *crls = NULL, *operation = argc > 1 ? argv[1] : "";
    long rounds = 0;
    int option, most = 100000;
    BIO *(*run)(const struct bench *) = NULL;

    optind = 2;
    while ((option = getopt(argc, argv, "m:s:c:k:i:a:r:n:l:")) != -1) {
        STACK_OF(X509) *found;
        BIO *file;
        switch (option) {
        case 'm': b.mail = contents(optarg, &b.mail_length); break;
        case 's': seconds = atof(optarg); break;
        case 'c': b.certificate = sk_X509_value(certificates(optarg, 1), 0); break;
        case 'k':
            file = readable(optarg);
            b.key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
            BIO_free(file);
            break;
        case 'i': b.intermediates = certificates(optarg, 100); break;
        case 'a':
            b.anchors = X509_STORE_new();
            found = certificates(optarg, 100);
            for (int i = 0; i < sk_X509_num(found); i++)
                X509_STORE_add_cert(b.anchors, b.root = sk_X509_value(found, i));
            break;
        case 'l': crls = optarg; break;
        case 'r': recipients = optarg; break;
        case 'n': most = atoi(optarg); break;
        default: return 2;
        }
    }
    if (recipients != NULL)
        b.recipients = certificates(recipients, most);
    if (strcmp(operation, "sign") == 0)
        run = sign;
    else if (strcmp(operation, "encrypt") == 0)
        run = encrypt;
    else if (strcmp(operation, "verify") == 0)
        run = verify, keep(&b, sign(&b));
    else if (strcmp(operation, "decrypt") == 0)
        run = decrypt, keep(&b, encrypt(&b));
    else if (strcmp(operation, "chain") == 0)
        run = chain;
    else if (strcmp(operation, "chain-parsed") == 0)
        run = chain_parsed;
    else if (strcmp(operation, "chain-crl") == 0 && crls != NULL)
        run = chain_crl, add_crls(b.anchors, crls);
    else
        return 2;
    BIO_free(run(&b)); /* what is made once is made now */
    begun = cpu_seconds();
    while (used < seconds) {
        BIO_free(run(&b));
        rounds++;
        used = cpu_seconds() - begun;
    }
    printf("{\"operation\":\"%s\",\"rounds\":%ld,\"microseconds\":%.2f}\n", operation, rounds, used * 1e6 / rounds);
    return 0;
}
