"""What people see of the sandbox: the status page, the card element and the 3-D Secure challenge."""
