//! The program from outside: a module for each verb.

mod agent;
mod cert;
mod cert_check;
mod cms;
mod completions;
mod exit;
mod expand;
mod explain;
mod forms;
mod git;
mod gpgsm;
mod help;
mod id;
mod inspect;
mod mail;
mod man;
mod neomutt;
mod policy_show;
mod receipts;
mod results;
mod revocation;
mod signals;
mod support;
mod terminal;
mod text;
mod tour;
