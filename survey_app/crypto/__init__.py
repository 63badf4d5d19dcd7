"""The cryptography of an anonymous answer: pure functions, each naming the section it follows."""
