#!/bin/sh
# Makes what is measured with, by the openssl command: two chains of three certificates (RSA-2048 and P-256), a
# thousand recipients of each kind with keys of their own, and the mails. What is there already is kept.
#
#   material.sh FOLDER [LARGE_MIB]
set -eu
folder=$1 large=${2:-1024}
mkdir -p "$folder/recipients"
cd "$folder"

cat > extensions <<'X'
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[rsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = emailProtection
subjectAltName = email:person@example.com
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ec]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyAgreement
extendedKeyUsage = emailProtection
subjectAltName = email:person@example.com
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
X

new_key() { # KIND FILE
    if [ "$1" = rsa ]; then
        openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" 2>/dev/null ||
            openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" 2>/dev/null
    else
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$2"
    fi
}

certify() { # NAME KEY_KIND EXTENSIONS ISSUER SERIAL
    new_key "$2" "$1.key"
    openssl req -new -key "$1.key" -subj "/O=Sealpost bench/CN=$(basename "$1")" -out "$1.csr"
    if [ "$4" = "$1" ]; then signed="-signkey $1.key"; else signed="-CA $4.pem -CAkey $4.key"; fi
    # shellcheck disable=SC2086
    openssl x509 -req -in "$1.csr" $signed -sha256 -days 3650 -set_serial "$5" \
        -extfile extensions -extensions "$3" -out "$1.pem" 2>/dev/null
    rm "$1.csr"
}

for kind in rsa ec; do
    if [ ! -e "$kind.pem" ]; then
        certify "root-$kind" $kind authority "root-$kind" 1
        certify "issuing-$kind" $kind authority "root-$kind" 2
        certify "$kind" $kind $kind "issuing-$kind" 3
    fi
    if [ ! -e "recipients-$kind.pem" ]; then
        for number in $(seq 1 1000); do
            certify "recipients/$kind-$number" $kind $kind "issuing-$kind" "$((1000 + number))"
            cat "recipients/$kind-$number.pem"
        done > recipients.tmp
        mv recipients.tmp "recipients-$kind.pem"
    fi
done

# The CRLs of both authorities of a chain: the issuing one lists a hundred thousand.
for kind in rsa ec; do
    [ -e "crls-$kind.pem" ] && continue
    for name in "root-$kind" "issuing-$kind"; do
        case $name in root-*) count=0 ;; *) count=100000 ;; esac
        awk -v count=$count 'BEGIN { for (i = 1; i <= count; i++)
            printf "R\t351231235959Z\t260101000000Z,superseded\t%08X%024X\tunknown\t/CN=%d\n", 1 + (i * 48271) % 2147483647, i, i }' \
            > "index-$name"
        printf '[ca]\ndefault_ca = d\n[d]\ndatabase = %s\ncrlnumber = %s\ndefault_md = sha256\ncrl_extensions = x\n[x]\nauthorityKeyIdentifier = keyid\n' \
            "index-$name" "number-$name" > "ca-$name"
        echo 01 > "number-$name"
        openssl ca -config "ca-$name" -gencrl -crldays 3650 -cert "$name.pem" -keyfile "$name.key" 2>/dev/null
        rm "index-$name"* "number-$name"* "ca-$name"
    done > crls.tmp
    mv crls.tmp "crls-$kind.pem"
done

# A MIME entity in canonical form whose body is base64 of bytes that do not repeat.
entity() { # OCTETS_OF_BODY
    printf 'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "$(($1 / 78 * 57))" |
        base64 -w 76 | sed 's/$/\r/'
}
[ -e small.eml ] || entity 10240 > small.eml
# A shorter one may be left of a trial.
[ "$(($(wc -c 2>/dev/null < large.eml || echo 0) / 1048576))" -eq "$large" ] || entity $((large * 1048576)) > large.eml
