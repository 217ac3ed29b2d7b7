//! Tests out of a table of attacks, by the names of what they show.

/// Has attacks withstood, by the caller's `withstand`, and holds that every attack there is stands in the table, and with what stops it on the
/// page for operators.
macro_rules! attacks {
    ($attack:ident, $complete:ident; $($name:ident: $attacks:expr,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                for attack in $attacks {
                    withstand(attack).await;
                }
            }
        )+

        #[test]
        fn $complete() {
            let page = include_str!("../../../../docs/sandbox.md");
            let tried: Vec<$attack> = [$($attacks.to_vec(),)+].concat();
            for attack in $attack::ALL {
                assert!(page.contains(&format!("| {} |", attack.name())), "{attack:?} is not in docs/sandbox.md");
                assert!(tried.contains(attack), "{attack:?} is in no test");
            }
        }
    };
}

pub(crate) use attacks;
