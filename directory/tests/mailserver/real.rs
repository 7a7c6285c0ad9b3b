//! Real mail servers for tests, each in a folder of its own and on free ports of this machine: Dovecot for mailboxes and
//! logins, Postfix for submission.
//!
//! A server is started by a shell of its own that waits for the test to end, in whatever way: it then stops the server
//! and removes the folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Who has a mailbox, and the password.
pub const USERS: [(&str, &str); 3] = [
    ("alice@example.org", "planted-secret"),
    ("bob@example.net", "bobs-secret"),
    ("jürgen@example.net", "jürgens-secret"),
];

/// Dovecot: IMAP with STARTTLS and with implicit TLS, and the logins of Postfix. It runs without root; where the test is
/// root, as the user `nobody`.
pub struct Dovecot {
    /// IMAP with STARTTLS.
    pub imap: u16,
    /// IMAP with implicit TLS.
    pub imaps: u16,
    auth: u16,
    user: User,
    server: Running,
}

/// Postfix: submission with STARTTLS and with implicit TLS, for those whom Dovecot lets in. What it takes is delivered to
/// the maildirs of Dovecot.
pub struct Postfix {
    /// Submission with STARTTLS.
    pub submission: u16,
    /// Submission with implicit TLS.
    pub submissions: u16,
    server: Running,
}

/// A server that is stopped when this is dropped.
struct Running {
    folder: PathBuf,
    shell: Child,
}

/// Whom a server runs as.
#[derive(Debug, Clone)]
struct User {
    name: String,
    group: String,
    uid: u32,
    gid: u32,
}

impl Dovecot {
    /// Starts it; `None`, and a word about it, where it is not installed.
    pub fn start() -> Option<Dovecot> {
        if !super::has("dovecot", "dovecot-core dovecot-imapd") || !super::has("openssl", "openssl") {
            return None;
        }
        let uid = rustix::process::geteuid().as_raw();
        let user = if uid == 0 { User::find(|name, _| name == "nobody") } else { User::find(|_, id| id == uid) };
        Some(again(|| Dovecot::begin(&user)))
    }

    fn begin(user: &User) -> Result<Dovecot, String> {
        let folder = folder("dovecot");
        certificate(&folder, "IP:127.0.0.1,DNS:localhost");
        let passwords: String = USERS.iter().map(|(name, password)| format!("{name}:{{PLAIN}}{password}\n")).collect();
        let [imap, imaps, auth] = ports();
        let place = folder.display();
        let User { name, group, uid, gid } = user;
        let configuration = format!(
            "base_dir = {place}/run\nstate_dir = {place}/state\nlog_path = {place}/log\n\
             protocols = imap\nlisten = 127.0.0.1\n\
             default_internal_user = {name}\ndefault_internal_group = {group}\ndefault_login_user = {name}\n\
             first_valid_uid = 1\nfirst_valid_gid = 1\n\
             ssl = required\nssl_cert = <{place}/server.pem\nssl_key = <{place}/server.key\n\
             auth_mechanisms = plain login\nauth_verbose = yes\ndisable_plaintext_auth = yes\n\
             auth_username_chars =\n\
             passdb {{\n driver = passwd-file\n args = {place}/passwords\n}}\n\
             userdb {{\n driver = static\n args = uid={uid} gid={gid} home={place}/home/%u\n}}\n\
             mail_location = maildir:~/Maildir\n\
             service anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\n\
             service imap-login {{\n chroot =\n inet_listener imap {{\n port = {imap}\n }}\n\
             inet_listener imaps {{\n port = {imaps}\n ssl = yes\n }}\n}}\n\
             service auth {{\n inet_listener {{\n address = 127.0.0.1\n port = {auth}\n }}\n}}\n"
        );
        for (file, text) in [("passwords", passwords), ("dovecot.conf", configuration)] {
            fs::write(folder.join(file), text).unwrap();
        }
        for name in ["run", "state", "home"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        for path in fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).chain([folder.clone()]) {
            std::os::unix::fs::chown(path, Some(*uid), Some(*gid)).unwrap();
        }
        let file = folder.join("dovecot.conf");
        let mut shell = Command::new("sh");
        shell.args(["-c", r#""$@" & cat; kill $!; wait; rm -rf "$FOLDER""#, "sh"]);
        shell.arg(found("dovecot").unwrap()).arg("-F").arg("-c").arg(file).uid(*uid).gid(*gid);
        let server = Running::start(shell, folder, &[(imap, "* OK"), (imaps, ""), (auth, "VERSION")])?;
        Ok(Dovecot { imap, imaps, auth, user: user.clone(), server })
    }

    /// The certificate of the authority that vouches for both servers.
    pub fn trust(&self) -> PathBuf {
        self.server.folder.join("ca.pem")
    }

    /// The maildir of somebody.
    pub fn maildir(&self, address: &str) -> PathBuf {
        self.server.folder.join("home").join(address).join("Maildir")
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.server.folder.join("log")).unwrap_or_default()
    }

    /// The files of a maildir's folder (`""` for the inbox), each as it is named and what is in it; waits until there are
    /// this many.
    #[track_caller]
    pub fn mails(&self, address: &str, folder: &str, count: usize) -> Vec<(PathBuf, Vec<u8>)> {
        let begun = Instant::now();
        loop {
            let mut found = Vec::new();
            for name in ["new", "cur"] {
                for entry in fs::read_dir(self.maildir(address).join(folder).join(name)).into_iter().flatten() {
                    let path = entry.unwrap().path();
                    found.push((path.clone(), fs::read(path).unwrap()));
                }
            }
            if found.len() >= count {
                found.sort_by_key(|(path, _)| fs::metadata(path).unwrap().modified().unwrap());
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{address} has {} of {count} mails\n{}", found.len(), self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// With so many refusals the service with implicit TLS leaves (421).
pub const IMPATIENT: usize = 6;

impl Postfix {
    /// Starts it; `None`, and a word about it, where it is not installed, or where nobody may start it: Postfix wants root.
    pub fn start(dovecot: &Dovecot) -> Option<Postfix> {
        if !super::has("postfix", "postfix") {
            return None;
        }
        let silent = |program: &str| {
            let mut command = Command::new(program);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let prefix: &[&str] = if rustix::process::geteuid().is_root() { &[] } else { &["sudo", "-n"] };
        if !prefix.is_empty() && !silent("sudo").args(["-n", "true"]).status().is_ok_and(|s| s.success()) {
            super::skip("postfix can be started by root alone: run the tests as root, or let `sudo -n` work");
            return None;
        }
        Some(again(|| Postfix::begin(dovecot, prefix)))
    }

    fn begin(dovecot: &Dovecot, prefix: &[&str]) -> Result<Postfix, String> {
        let folder = folder("postfix");
        let [submission, submissions] = ports();
        let (place, keys, auth) = (folder.display(), dovecot.server.folder.display(), dovecot.auth);
        let User { uid, gid, .. } = dovecot.user;
        let boxes: String = USERS.iter().map(|(name, _)| format!("{name} {name}/Maildir/\n")).collect();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {place}/queue\ndata_directory = {place}/data\n\
             maillog_file = /dev/stdout\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             myhostname = mail.example.org\nmynetworks =\nmydestination =\nlocal_recipient_maps =\n\
             alias_maps =\nalias_database =\nrelay_domains =\n\
             virtual_mailbox_domains = example.org, example.net\nvirtual_mailbox_base = {keys}/home\n\
             virtual_mailbox_maps = texthash:{place}/boxes\n\
             virtual_uid_maps = static:{uid}\nvirtual_gid_maps = static:{gid}\nvirtual_transport = virtual\n\
             local_transport = error:nobody is local\ndefault_transport = error:no way out of here\n\
             message_size_limit = {MAX_SIZE}\nsmtputf8_enable = yes\n\
             smtpd_soft_error_limit = 1000\nsmtpd_hard_error_limit = 1000\n\
             smtpd_tls_cert_file = {keys}/server.pem\nsmtpd_tls_key_file = {keys}/server.key\n\
             smtpd_tls_auth_only = yes\nsmtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\n\
             smtpd_sasl_path = inet:127.0.0.1:{auth}\nsmtpd_relay_restrictions = permit_sasl_authenticated, reject\n\
             smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject\n"
        );
        let mut master = format!(
            "{submission} inet n - n - - smtpd\n  -o smtpd_tls_security_level=encrypt\n\
             {submissions} inet n - n - - smtpd\n  -o smtpd_tls_wrappermode=yes\n  -o smtpd_hard_error_limit={IMPATIENT}\n\
             cleanup unix n - n - 0 cleanup\nvirtual unix - n n - - virtual\nqmgr unix n - n 300 1 qmgr\ntlsmgr unix - - n 1000? 1 tlsmgr\npostlog unix-dgram n - n - 1 postlogd\n"
        );
        for (service, program) in [
            ("rewrite", "trivial-rewrite"),
            ("bounce", "bounce"),
            ("defer", "bounce"),
            ("trace", "bounce"),
            ("error", "error"),
            ("retry", "error"),
            ("proxymap", "proxymap"),
            ("anvil", "anvil"),
        ] {
            let limit = if service == "anvil" { 1 } else { 0 };
            master += &format!("{service} unix - - n - {limit} {program}\n");
        }
        // What is in the queue, and the folder for data, it makes itself, each for the account that uses it.
        for name in ["conf", "queue"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        for (file, text) in [("conf/main.cf", main), ("conf/master.cf", master), ("boxes", boxes)] {
            fs::write(folder.join(file), text).unwrap();
        }
        let mut shell = Command::new("sh");
        let script = r#"$SUDO "$@" start-fg >"$FOLDER/log" & cat; $SUDO "$@" stop; wait; $SUDO rm -rf "$FOLDER""#;
        shell.args(["-c", script, "sh"]).env("SUDO", prefix.join(" "));
        shell.arg(found("postfix").unwrap()).arg("-c").arg(folder.join("conf"));
        let server = Running::start(shell, folder, &[(submission, "220"), (submissions, "")])?;
        Ok(Postfix { submission, submissions, server })
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.server.folder.join("log")).unwrap_or_default()
    }
}

impl Running {
    /// Starts it, and waits until each of these ports greets like this.
    fn start(mut shell: Command, folder: PathBuf, ports: &[(u16, &str)]) -> Result<Running, String> {
        let errors = fs::File::create(folder.join("errors")).unwrap();
        // A group of its own: what ends the test from the keyboard must not end the shell before it has stopped the server.
        shell.env("FOLDER", &folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(errors).process_group(0);
        let running = Running { shell: shell.spawn().unwrap(), folder };
        let begun = Instant::now();
        for (port, greeting) in ports {
            while !greets(*port, greeting) {
                if begun.elapsed() > PATIENCE {
                    let read = |name| fs::read_to_string(running.folder.join(name)).unwrap_or_default();
                    return Err(format!("nobody answers on port {port}\n{}{}", read("log"), read("errors")));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The end of its input is what the shell waits for.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

impl User {
    /// From the system's lists of users and groups.
    fn find(wanted: impl Fn(&str, u32) -> bool) -> User {
        let rows = |file: &str| -> Vec<Vec<String>> {
            let text = fs::read_to_string(file).unwrap();
            text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
        };
        let number = |text: &str| text.parse::<u32>().unwrap();
        let users = rows("/etc/passwd");
        let user = users.iter().find(|u| u.len() > 3 && wanted(&u[0], number(&u[2]))).expect("a user for dovecot");
        let groups = rows("/etc/group");
        let group = groups.iter().find(|g| g.len() > 2 && g[2] == user[3]).expect("a group for dovecot");
        User { name: user[0].clone(), group: group[0].clone(), uid: number(&user[2]), gid: number(&user[3]) }
    }
}

/// A key and a certificate for these names, `server.key` and `server.pem`, and the authority that vouches for it,
/// `ca.pem`; by openssl.
pub fn certificate(folder: &Path, names: &str) {
    let run = |arguments: &str| {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    run(&format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=CA -days 2"));
    fs::write(folder.join("ext"), format!("subjectAltName={names}\n")).unwrap();
    run(&format!("req {key} -keyout server.key -out server.csr -subj /CN=server"));
    run("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -out server.pem -days 2 -extfile ext");
}

/// Where a program is; servers are where not everybody looks.
pub fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(usual).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A free port may be another's by the time that the server wants it.
fn again<T>(begin: impl Fn() -> Result<T, String>) -> T {
    begin().or_else(|_| begin()).unwrap_or_else(|why| panic!("{why}"))
}

/// A new folder that the users of the servers can get into, and short: in it are sockets, whose names have 108 octets.
fn folder(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(format!("/tmp/sealpost-{name}-{}-{number}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn ports<const N: usize>() -> [u16; N] {
    let open: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    std::array::from_fn(|n| open[n].local_addr().unwrap().port())
}

/// Whether somebody answers there, and begins like this.
fn greets(port: u16, greeting: &str) -> bool {
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    if greeting.is_empty() {
        return true;
    }
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with(greeting)
}

/// The largest mail that Postfix takes here.
pub const MAX_SIZE: u64 = 200_000;
const PATIENCE: Duration = Duration::from_secs(30);
