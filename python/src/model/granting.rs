//! The macro that defines the models with roles and permissions.

/// Defines a model that grants roles and permissions: adds the six methods for them, and pickling in a private format.
///
/// `level` is the level that the methods use, `example` the object in the examples, `granted` and `listed` their results.
macro_rules! granting_model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal,
        level: $level:literal, example: $example:literal, granted: $granted:literal,
        listed: [$listed_roles:literal, $listed_permissions:literal],
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        wire: [$($wire:expr),* $(,)?],
        getters: { $($getters:tt)* },
        properties: { $($properties:tt)* },
        methods: { $($methods:tt)* } $(,)?
    ) => {
        model! {
            $(#[$doc])*
            $class($core) as $name,
            positional: [$($positional),*],
            hash: |$model| $hash,
            pydantic: allow,
            wire: [$($wire),*],
            fields: {},
            getters: { $($getters)* },
            properties: { $($properties)* },
            methods: {
                #[doc = concat!("Whether every one of `roles` is granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     roles: The names to look for.
                ///
                /// Returns:
                ///     True when all of them are granted, and when the list is empty.
                ///
                /// Raises:
                ///     TypeError: `roles` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".has_roles([\"editor\"])")]
                #[doc = concat!("    ", $granted)]
                fn has_roles(&self, roles: &Bound<'_, PyAny>) -> PyResult<bool> {
                    Ok(self.0.has_roles(&convert::texts("roles", roles)?))
                }

                #[doc = concat!("Whether every one of `permissions` is granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     permissions: The names to look for.
                ///
                /// Returns:
                ///     True when all of them are granted, and when the list is empty.
                ///
                /// Raises:
                ///     TypeError: `permissions` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".has_permissions([\"documents.write\"])")]
                #[doc = concat!("    ", $granted)]
                fn has_permissions(&self, permissions: &Bound<'_, PyAny>) -> PyResult<bool> {
                    Ok(self.0.has_permissions(&convert::texts("permissions", permissions)?))
                }

                #[doc = concat!("Whether at least one of `roles` is granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     roles: The names to look for.
                ///
                /// Returns:
                ///     True when one of them is granted; False for an empty list.
                ///
                /// Raises:
                ///     TypeError: `roles` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".any_role([\"owner\", \"editor\"])")]
                #[doc = concat!("    ", $granted)]
                fn any_role(&self, roles: &Bound<'_, PyAny>) -> PyResult<bool> {
                    Ok(self.0.any_role(&convert::texts("roles", roles)?))
                }

                #[doc = concat!("Whether at least one of `permissions` is granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     permissions: The names to look for.
                ///
                /// Returns:
                ///     True when one of them is granted; False for an empty list.
                ///
                /// Raises:
                ///     TypeError: `permissions` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".any_permission([\"documents.delete\", \"documents.write\"])")]
                #[doc = concat!("    ", $granted)]
                fn any_permission(&self, permissions: &Bound<'_, PyAny>) -> PyResult<bool> {
                    Ok(self.0.any_permission(&convert::texts("permissions", permissions)?))
                }

                #[doc = concat!("Which of `roles` are granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     roles: The names to look for.
                ///
                /// Returns:
                ///     The granted ones, in the order given.
                ///
                /// Raises:
                ///     TypeError: `roles` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".matched_roles([\"editor\"])")]
                #[doc = concat!("    ", $listed_roles)]
                fn matched_roles(&self, roles: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
                    Ok(self.0.matched_roles(&convert::texts("roles", roles)?))
                }

                #[doc = concat!("Which of `permissions` are granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     permissions: The names to look for.
                ///
                /// Returns:
                ///     The granted ones, in the order given.
                ///
                /// Raises:
                ///     TypeError: `permissions` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".matched_permissions([\"documents.write\"])")]
                #[doc = concat!("    ", $listed_permissions)]
                fn matched_permissions(&self, permissions: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
                    Ok(self.0.matched_permissions(&convert::texts("permissions", permissions)?))
                }

                fn __reduce__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                    pickling::allow_in_private(slf.as_any())
                }

                #[staticmethod]
                fn _restore(data: &Bound<'_, PyAny>) -> PyResult<Self> {
                    from_dict(data).map(Self)
                }

                $($methods)*
            },
        }
    };
}

pub(crate) use granting_model;
