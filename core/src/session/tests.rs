//! Who may do what, at project level and in a tenant.

use super::*;

fn session(claims: &str) -> Session {
    Session::from_claims("P1", serde_json::from_str(claims).unwrap()).unwrap()
}

#[test]
fn project_level_and_tenant_level_are_apart() {
    let session = session(
        r#"{"sub":"U1","exp":9,"dct":"T1","roles":["r0"],"tenants":{"T1":{"roles":["r1"],"permissions":["p1"]},"T2":{}}}"#,
    );
    assert!(session.has_roles(&["r0"]) && !session.has_roles(&["r1"]));
    let active = session.active_tenant().unwrap();
    assert_eq!(active.tenant_id(), "T1");
    assert!(active.has_roles(&["r1"]) && active.has_permissions(&["p1"]) && !active.has_roles(&["r0"]));
    assert!(session.tenants()["T2"].has_roles::<&str>(&[]) && !session.tenants()["T2"].has_roles(&["r1"]));
}

#[test]
fn root_serves_the_active_tenant_only_when_there_is_no_tenants_claim() {
    let root = session(r#"{"sub":"U1","exp":9,"dct":"T1","roles":["r"],"permissions":["p"]}"#);
    assert!(root.active_tenant().unwrap().has_roles(&["r"]));
    let null = session(r#"{"sub":"U1","exp":9,"dct":"T1","tenants":null,"roles":["r"]}"#);
    assert!(null.active_tenant().unwrap().has_roles(&["r"]));
    for closed in [
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{},"roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{"T2":{}},"roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":"T1","roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{"T1":null},"roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"","roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"roles":["r"]}"#,
    ] {
        assert_eq!(session(closed).active_tenant(), None, "{closed}");
    }
}

#[test]
fn a_membership_that_is_no_object_grants_nothing() {
    let session = session(r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{"T1":true},"roles":["r"]}"#);
    assert!(session.active_tenant().unwrap().roles().is_empty());
}

#[test]
fn names_are_compared_whole_and_one_string_is_a_list_of_one() {
    let session = session(r#"{"sub":"U1","exp":9,"roles":"Tenant Admin","permissions":["Perm 1",7,null]}"#);
    assert!(session.has_roles(&["Tenant Admin"]) && !session.has_roles(&["Tenant"]));
    assert!(session.has_permissions(&["Perm 1"]) && !session.has_permissions(&["Perm"]));
    assert_eq!(session.matched_permissions(&["x", "Perm 1", "Perm 1"]), ["Perm 1", "Perm 1"]);
}

#[test]
fn a_template_that_overrides_sub_leaves_the_user_in_dsub() {
    assert_eq!(session(r#"{"sub":"a@b.c","dsub":"U1","exp":9}"#).user_id(), "U1");
    assert_eq!(session(r#"{"sub":"U1","dsub":"","exp":9.7}"#).user_id(), "U1");
    assert!(Session::from_claims("P1", serde_json::from_str(r#"{"exp":9}"#).unwrap()).is_none());
}

#[test]
fn a_session_reads_back_what_it_wrote() {
    let session =
        session(r#"{"sub":"U1","exp":9,"iat":3,"dct":"T1","roles":["r0"],"tenants":{"T1":{"roles":["r1"]}}}"#);
    let text = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&text).unwrap(), session);
    assert!(serde_json::from_str::<Session>(r#"{"projectId":"P1","claims":{"sub":"U1"}}"#).is_err());
    let grant = session.active_tenant().unwrap();
    let text = serde_json::to_string(grant).unwrap();
    assert_eq!(&serde_json::from_str::<TenantGrant>(&text).unwrap(), grant);
}
