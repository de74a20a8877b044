"""Running the contract cases: what they mean is in the cases, what the server must see is checked by the emulator."""
