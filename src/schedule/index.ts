/** `lanework/schedule`: jobs and the policies that order them. Pure. */
export {}
