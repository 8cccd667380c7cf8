//! Reads the tokens of a kubeconfig.

use super::yaml::{Outcome, Spot, read};

/// The credentials of a user in a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `token`.
    pub token: Option<String>,
    /// `tokenFile`. If both are set, the file's token is used (client-go `clientcmd/api/types.go`, `AuthInfo`).
    pub token_file: Option<String>,
}

/// The credentials of the user in the current context; without such a context, of the first user that has any. `None`
/// if the file cannot be parsed.
pub fn credentials(bytes: &[u8]) -> Option<Credentials> {
    let text = std::str::from_utf8(bytes).ok()?;
    let documents = read(text);
    let Outcome::Read(node, _) = &documents.first()?.outcome else { return None };
    let root = Spot::root(node);
    let named = |list: &str, name: &str| {
        let items = root.get(list)?.items();
        items.into_iter().find(|item| item.text_of("name") == Some(name))
    };
    let current = root.text_of("current-context").and_then(|context| {
        let user = named("contexts", context)?.find(&["context", "user"])?.text()?;
        named("users", user)
    });
    let users = root.get("users").map_or_else(Vec::new, |users| users.items());
    current.iter().chain(&users).map(of_user).find(|user| *user != Credentials::default())
}

fn of_user(user: &Spot<'_>) -> Credentials {
    let text = |key| user.find(&["user", key])?.text().filter(|text| !text.is_empty()).map(str::to_owned);
    Credentials { token: text("token"), token_file: text("tokenFile") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Option<String> {
        credentials(text.as_bytes())?.token
    }

    #[test]
    fn tokens_are_read_from_yaml_and_json() {
        for text in [
            "apiVersion: v1\nkind: Config\nusers:\n- name: calico\n  user:\n    token: \"t\"\n",
            "users: [{name: a, user: {token: t}}]",
            r#"{"users":[{"name":"a","user":{"token":"t"}}]}"#,
            "users:\n- user:\n    token: >-\n      t\n",
            "# token: old\nusers:\n- user: {}\n- user: {token: t} # token: x\n",
        ] {
            assert_eq!(token(text).as_deref(), Some("t"), "{text}");
        }
        let file = credentials(b"users:\n- user:\n    tokenFile: /var/run/t\n").unwrap();
        assert_eq!(file, Credentials { token: None, token_file: Some("/var/run/t".to_owned()) });
    }

    #[test]
    fn the_user_is_the_one_of_the_current_context() {
        let text = "contexts:\n- {name: c, context: {user: b}}\nusers:\n- {name: a, user: {token: old}}\n\
                    - {name: b, user: {token: new}}\n";
        assert_eq!(token(&format!("{text}current-context: c\n")).as_deref(), Some("new"));
        assert_eq!(token(&format!("{text}current-context: other\n")).as_deref(), Some("old"));
        assert_eq!(token(text).as_deref(), Some("old"));
    }

    #[test]
    fn what_holds_no_credentials_is_none() {
        for text in ["", "users: []", "token: t", "users: {user: {token: t}}", "users: [", "{{ .Token }}"] {
            assert_eq!(credentials(text.as_bytes()), None, "{text}");
        }
        assert_eq!(credentials(b"\xff"), None);
    }
}
