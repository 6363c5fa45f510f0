print("branchlite")
