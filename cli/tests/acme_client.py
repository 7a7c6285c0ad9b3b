"""A client of RFC 8823 made of other people's parts: the library `acme` (that of Certbot) for RFC 8555, `josepy` for keys and
signatures, `cryptography` for the CSR, Python's own `email` and `smtplib` for the mails. The library does not know mail
addresses: the identifier, the challenge and its answer are added here.

Usage: acme_client.py DIRECTORY KID HMAC_KEY ADDRESS MAILDIR SMTP_PORT"""

import base64
import datetime
import email
import email.message
import email.policy
import hashlib
import os
import smtplib
import sys
import time

import josepy as jose
from acme import client, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

directory_url, kid, hmac_key, address, maildir, port = sys.argv[1:]
EMAIL = messages.IdentifierType("email")


class Nothing(jose.JSONDeSerializable):
    """The payload {}."""

    def to_partial_json(self):
        return {}

    @classmethod
    def from_json(cls, jobj):
        return cls()


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


key = jose.JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
net = client.ClientNetwork(key, alg=jose.ES256)
acme = client.ClientV2(client.ClientV2.get_directory(directory_url, net), net)
assert acme.external_account_required()
binding = messages.ExternalAccountBinding.from_data(
    account_public_key=key.public_key(), kid=kid, hmac_key=hmac_key, directory=acme.directory)
account = acme.new_account(messages.NewRegistration.from_data(
    email=address, terms_of_service_agreed=True, external_account_binding=binding))
assert acme.query_registration(account).body.status == "valid"

response = acme._post(acme.directory["newOrder"],
                      messages.NewOrder(identifiers=[messages.Identifier(typ=EMAIL, value=address)]))
body = messages.Order.from_json(response.json())
order_url = response.headers["Location"]
[url] = body.authorizations
authorization = acme._post_as_get(url).json()
[challenge] = [c for c in authorization["challenges"] if c["type"] == "email-reply-00"]

asked = None
for _ in range(300):
    for name in os.listdir(os.path.join(maildir, "new")):
        with open(os.path.join(maildir, "new", name), "rb") as file:
            asked = email.message_from_binary_file(file, policy=email.policy.default)
    if asked:
        break
    time.sleep(0.1)
assert asked["From"] == challenge["from"] and asked["To"] == address, asked.as_string()
assert asked["Auto-Submitted"] == "auto-generated; type=acme", asked.as_string()
label, token1 = asked["Subject"].split()
assert label == "ACME:"
thumbprint = b64(key.thumbprint(hash_function=hashes.SHA256))
digest = b64(hashlib.sha256((token1 + challenge["token"] + "." + thumbprint).encode()).digest())

# As a person's mail program would answer: with a prefix and words of its own.
answer = email.message.EmailMessage()
answer["From"], answer["To"], answer["Subject"] = address, asked["From"], "Re: " + asked["Subject"]
answer["In-Reply-To"] = answer["References"] = asked["Message-ID"]
answer.set_content("Here it is:\n-----BEGIN ACME RESPONSE-----\n" + digest[:30] + "\n" + digest[30:]
                   + "\n-----END ACME RESPONSE-----\nBest wishes\n")
with smtplib.SMTP("127.0.0.1", int(port)) as smtp:
    smtp.send_message(answer)
acme._post(challenge["url"], Nothing())

own = ec.generate_private_key(ec.SECP256R1())
csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
    x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=True).sign(own, hashes.SHA256())
order = messages.OrderResource(body=body, uri=order_url, authorizations=[],
                               csr_pem=csr.public_bytes(serialization.Encoding.PEM))
# The library finalizes once the order is ready, and fetches the certificate.
done = acme.poll_finalization(order, datetime.datetime.now() + datetime.timedelta(seconds=40))
certificate = x509.load_pem_x509_certificate(done.fullchain_pem.encode())
names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
assert names.get_values_for_type(x509.RFC822Name) == [address]
assert certificate.public_key() == own.public_key()
acme.revoke(certificate, 4)
print("done")
