//! What every model class has, written once.

/// Makes a frozen Python class around a type of the core.
///
/// `fields` are fields of the core's type and `getters` its methods; each is an attribute with a docstring and the Python
/// type that the stubs give it. `positional` are the attributes that patterns take by position, `hash` those that the hash
/// is made of. `methods` is what only this class has.
macro_rules! model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal,
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        fields: { $($(#[$field_doc:meta])* $field:ident: $field_type:literal,)* },
        getters: { $($(#[$getter_doc:meta])* $getter:ident: $getter_type:literal,)* },
        methods: { $($methods:tt)* } $(,)?
    ) => {
        $(#[$doc])*
        #[pyclass(frozen, eq, module = "tenant_select", name = $name)]
        #[derive(Clone, PartialEq)]
        pub(crate) struct $class(pub(crate) $core);

        #[pymethods]
        impl $class {
            #[classattr]
            fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
                let positional: &[&str] = &[$($positional),*];
                PyTuple::new(py, positional)
            }

            /// The Python types of the attributes, in the order in which they are shown.
            #[classattr]
            fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
                let annotations = PyDict::new(py);
                $(annotations.set_item(stringify!($field), $field_type)?;)*
                $(annotations.set_item(stringify!($getter), $getter_type)?;)*
                Ok(annotations)
            }

            $(
                $(#[$field_doc])*
                #[getter]
                fn $field<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    Field::to_py(&self.0.$field, py)
                }
            )*

            $(
                $(#[$getter_doc])*
                #[getter]
                fn $getter<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    Field::to_py(&self.0.$getter(), py)
                }
            )*

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let mut parts: Vec<String> = Vec::new();
                $(
                    if let Some(shown) = Field::shown(&self.0.$field, py)? {
                        parts.push(format!(concat!(stringify!($field), "={}"), shown));
                    }
                )*
                $(
                    if let Some(shown) = Field::shown(&self.0.$getter(), py)? {
                        parts.push(format!(concat!(stringify!($getter), "={}"), shown));
                    }
                )*
                Ok(format!(concat!($name, "({})"), parts.join(", ")))
            }

            fn __hash__(&self) -> u64 {
                let $model = &self.0;
                let mut hasher = DefaultHasher::new();
                $hash.hash(&mut hasher);
                hasher.finish()
            }

            fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
                slf
            }

            fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
                slf
            }

            $($methods)*
        }
    };
}

/// Makes a model of one that the wire knows: also `to_dict()` and `from_dict()` in the wire's shape, and pickling, or the
/// refusal of it where the model can hold tokens.
macro_rules! wire_model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal, pickle: $pickle:ident,
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        fields: { $($fields:tt)* },
        getters: { $($getters:tt)* },
        methods: { $($methods:tt)* } $(,)?
    ) => {
        model! {
            $(#[$doc])*
            $class($core) as $name,
            positional: [$($positional),*],
            hash: |$model| $hash,
            fields: { $($fields)* },
            getters: { $($getters)* },
            methods: {
                /// The model as the wire has it.
                ///
                /// Returns:
                ///     A dict with the wire's names, unknown fields as they came, and nothing that is missing. Tokens
                ///     are real ones.
                fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    convert::to_py(py, &self.0)
                }

                /// The model that `to_dict()` gave the dict of.
                ///
                /// Args:
                ///     data: A dict with the wire's names.
                ///
                /// Raises:
                ///     InvalidInputError: `data` is not such a dict; the message names the field.
                #[staticmethod]
                fn from_dict(data: &Bound<'_, PyAny>) -> PyResult<Self> {
                    from_dict(data).map(Self)
                }

                fn __reduce__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                    pickling::$pickle(slf.as_any())
                }

                $($methods)*
            },
        }
    };
}

pub(crate) use {model, wire_model};
