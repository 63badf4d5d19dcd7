"""Survey statistics for yes/no items under stratified simple random sampling."""
