"""An ACME server of other people: acme2certifier, with its CA of openssl files and its challenge email-reply-00. Only the
ways are replaced here: SMTP is spoken without TLS, for the server is this machine's, and instead of IMAP a maildir is read.

Usage: acme_server.py FOLDER MAILDIR SMTP_PORT; the folder has ca.pem and ca.key. It says where it listens."""

import os
import smtplib
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

folder, maildir, port = sys.argv[1:]
with open(os.path.join(folder, "acme_srv.cfg"), "w") as file:
    file.write(f"""[DEFAULT]
debug: False
imap_server: localhost
imap_use_ssl: False
smtp_server: 127.0.0.1
smtp_port: {port}
smtp_use_tls: False
username: acme
password: secret
email_address: acme@ca.example

[Nonce]
nonce_check_disable: False

[CAhandler]
handler_module: acme2certifier.cahandlers.openssl_ca_handler
issuing_ca_cert: {folder}/ca.pem
issuing_ca_key: {folder}/ca.key
issuing_ca_crl: {folder}/ca.crl
openssl_conf: {folder}/extensions.cfg
cert_validity_days: 90
cert_save_path: {folder}/certs

[DBhandler]
handler: wsgi
dbfile: {folder}/acme.db

[Order]
email_identifier_support: True
tnauthlist_support: False

[Challenge]
challenge_validation_timeout: 10
dns_validation_pause_timer: 1
""")
with open(os.path.join(folder, "extensions.cfg"), "w") as file:
    file.write("""[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyAgreement
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
""")
os.environ["ACME_SRV_CONFIGFILE"] = os.path.join(folder, "acme_srv.cfg")
os.environ["ACME2CERTIFIER_BASE_DIR"] = folder
os.makedirs(os.path.join(folder, "certs"), exist_ok=True)


class Clear(smtplib.SMTP):
    def login(self, *_):
        return 235, b""


smtplib.SMTP_SSL = Clear

from acme2certifier.acme_srv.email_handler import EmailHandler  # noqa: E402


class Maildir:
    """As much of imaplib as the server asks of it."""

    seen = set()

    def login(self, *_): pass
    def select(self, *_): pass
    def close(self): pass
    def logout(self): pass

    def search(self, *_):
        new = [name for name in os.listdir(os.path.join(maildir, "new")) if name not in self.seen]
        return "OK", [" ".join(sorted(new)).encode()]

    def fetch(self, name, _):
        with open(os.path.join(maildir, "new", name.decode()), "rb") as mail:
            return "OK", [(b"", mail.read())]

    def store(self, name, *_):
        self.seen.add(name.decode())


EmailHandler._imap_connect = lambda self: Maildir()

from acme2certifier.share.acme2certifier_wsgi import application  # noqa: E402


class Quiet(WSGIRequestHandler):
    def address_string(self):
        return self.client_address[0]


server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
print(f"http://127.0.0.1:{server.server_port}/directory", flush=True)
server.serve_forever()
